"""The demo shop's server: one document for every page, and its assets."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pageheat.frontends.demo.server import SITE, TRACKER_MARK, application, page_paths

INGEST = "http://ingest.example:8001"


@pytest.fixture
def shop() -> TestClient:
    return TestClient(application(INGEST))


def tracker_tag(document: str) -> str:
    found = re.search(r"<script [^>]*page\.js[^>]*>", document)
    assert found
    return found.group()


def test_the_shop_has_a_list_a_basket_and_at_least_eight_products() -> None:
    assert {"/", "/basket", "/thanks"} <= page_paths()
    assert len([path for path in page_paths() if path.startswith("/products/")]) >= 8


@pytest.mark.parametrize("path", sorted(page_paths()))
def test_every_page_is_the_one_document(shop: TestClient, path: str) -> None:
    response = shop.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["cache-control"] == "no-cache"
    assert response.text == shop.get("/").text


def test_a_query_does_not_change_the_page(shop: TestClient) -> None:
    assert shop.get("/?kind=Vases").status_code == 200


@pytest.mark.parametrize(
    "path", ["/nowhere", "/products", "/products/", "/products/anchor", "/products/dune-vase/x", "/Basket"]
)
def test_an_unknown_page_is_404_with_the_same_document(shop: TestClient, path: str) -> None:
    response = shop.get(path)
    assert response.status_code == 404
    assert response.text == shop.get("/").text


def test_the_trackers_tag_names_ingest(shop: TestClient) -> None:
    document = shop.get("/").text
    assert f'src="{INGEST}/_pageheat/page.js"' in tracker_tag(document)
    assert TRACKER_MARK not in document


def test_the_address_of_ingest_cannot_break_out_of_its_attribute() -> None:
    document = TestClient(application('http://i.example/"><b>&')).get("/").text
    assert 'src="http://i.example/&quot;&gt;&lt;b&gt;&amp;/_pageheat/page.js"' in document


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
        ("shop/main.js", "text/javascript"),
        ("art/picture.js", "text/javascript"),
    ],
)
def test_assets_have_their_type_and_are_revalidated(shop: TestClient, path: str, kind: str) -> None:
    response = shop.get(f"/assets/{path}")
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == kind
    assert response.headers["cache-control"] == "no-cache"
    assert response.content == (SITE / "assets" / path).read_bytes()


def test_an_unchanged_asset_is_not_sent_again(shop: TestClient) -> None:
    tag = shop.get("/assets/shop.css").headers["etag"]
    response = shop.get("/assets/shop.css", headers={"if-none-match": tag})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["cache-control"] == "no-cache"


def test_everything_that_the_document_references_exists(shop: TestClient) -> None:
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', shop.get("/").text)
    assert named
    assert {path: shop.get(path).status_code for path in named} == dict.fromkeys(named, 200)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/..%2f..%2fserver.py",
        "/assets/%2e%2e%2f%2e%2e%2fserver.py",
        "/assets/shop/..%2f..%2f..%2fserver.py",
        "/assets/%2fetc%2fpasswd",
        "/assets/..%5c..%5cserver.py",
        "/../server.py",
    ],
)
def test_no_path_escapes_the_assets(shop: TestClient, path: str) -> None:
    response = shop.get(path)
    assert response.status_code == 404
    assert TRACKER_MARK not in response.text
    assert "def application" not in response.text
    assert "root:" not in response.text


def test_a_symlink_out_of_the_assets_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<!doctype html>")
    shop = tmp_path / "site" / "assets" / "shop"
    shop.mkdir(parents=True)
    (shop / "catalogue.js").write_text('  slug: "jar",\n')
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "site" / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr("pageheat.frontends.demo.server.SITE", tmp_path / "site")
    client = TestClient(application(INGEST))
    assert client.get("/products/jar").status_code == 200
    assert client.get("/assets/link.txt").status_code == 404


def test_the_shop_reports_that_it_is_healthy(shop: TestClient) -> None:
    response = shop.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
