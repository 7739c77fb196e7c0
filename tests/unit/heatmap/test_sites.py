"""Several sites in one heat-map front end, each at a host or a port of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from pageheat.frontends.heatmap.protocols import SERVER_OPTIONS
from pageheat.frontends.heatmap.server import create_app
from pageheat.frontends.heatmap.sites import Choice, further_ports, shown_sites
from pageheat.health import why_unready
from pageheat.kafka.ports import free_port
from pageheat.services.runtime.settings import HeatmapSettings, WrongSetting
from tests.support.raw_site import RawSite
from tests.support.server import Server
from tests.support.system import until


def settings(**values: str) -> HeatmapSettings:
    return HeatmapSettings.load(**{"sites": "blog=https://blog.example,shop=https://shop.example"} | values)


def page(text: str, *lines: str) -> bytes:
    head = ["HTTP/1.1 200 OK", "Content-Type: text/html", "Connection: close", *lines, "", ""]
    return "\r\n".join(head).encode() + f"<body>{text}</body>".encode()


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, RawSite]]:
    with RawSite() as main, RawSite() as blog:
        main.replies["/*"] = page("main")
        blog.replies["/*"] = page("blog", "Link: <https://www.site.example/next>; rel=next")
        yield {"main": main, "blog": blog}


@pytest.fixture(scope="module")
def front(sites: dict[str, RawSite]) -> Iterator[str]:
    app = Server(
        create_app(
            settings(
                site_url="https://www.site.example",
                site_fetch_url=sites["main"].origin,
                sites="blog=https://blog.example,blog=https://old.blog.example",
                sites_fetch_urls=f"blog={sites['blog'].origin}",
            )
        ),
        **SERVER_OPTIONS,
    )
    yield app.origin
    app.stop()


def ask(front: str, host: str, path: str = "/") -> httpx2.Response:
    return httpx2.get(front + path, headers={"host": host, "accept": "text/html"})


@pytest.mark.parametrize("host", ["localhost:8081", "127.0.0.1:8081", "localhost", "www.site.example"])
def test_the_site_of_site_url_is_at_the_front_ends_own_hosts(front: str, host: str) -> None:
    answer = ask(front, host)
    assert "<body>main" in answer.text
    assert "data-site-name" not in answer.text


@pytest.mark.parametrize("host", ["blog.localhost:8081", "BLOG.localhost:8081", "blog.localhost:9999"])
def test_a_named_site_is_at_its_own_host(front: str, sites: dict[str, RawSite], host: str) -> None:
    answer = ask(front, host)
    assert "<body>blog" in answer.text
    assert 'data-site="https://blog.example"' in answer.text
    assert 'data-site-name="blog"' in answer.text
    assert b"host: blog.example\r\n" in sites["blog"].heads[-1].lower()


def test_one_sites_addresses_lead_to_the_other_sites_heat_map(front: str) -> None:
    answer = ask(front, "blog.localhost:8081")
    assert answer.headers["link"] == "<http://localhost:8081/next>; rel=next"


def test_the_list_leads_to_every_sites_heat_map(front: str) -> None:
    for host in ("localhost:8081", "blog.localhost:8081"):
        assert '<a href="http://blog.localhost:8081/">blog</a>' in ask(front, host, "/_pageheat/").text


@pytest.mark.parametrize(
    ("host", "main"),
    [("127.0.0.1:8081", "http://127.0.0.1:8081"), ("blog.localhost:8081", "http://localhost:8081")],
)
def test_the_settings_say_where_each_sites_heat_map_is(front: str, host: str, main: str) -> None:
    text = ask(front, host, "/_pageheat/settings.js").text
    told = json.loads(text.removeprefix("export const settings = ").removesuffix(";\n"))
    assert told["frontends"] == {"": main, "blog": "http://blog.localhost:8081"}
    assert told["frontend"] == f"http://{host}"


def test_a_sites_further_origins_are_that_sites() -> None:
    blog = shown_sites(settings(sites="blog=https://blog.example,blog=https://old.example"))["blog"]
    assert blog.url == blog.fetch_url == "https://blog.example"
    assert ("https://old.example", "http://blog.localhost:8081") in blog.others


# Addresses


@pytest.mark.parametrize(
    ("heatmap_url", "blog"),
    [
        ("http://localhost:8081", "http://blog.localhost:8081"),
        ("https://heat.example", "https://blog.heat.example"),
        ("https://heat.example:8443", "https://blog.heat.example:8443"),
        ("http://192.0.2.7:8081", "http://blog.localhost:8081"),
        ("http://[2001:db8::7]:8081", "http://blog.localhost:8081"),
    ],
)
def test_a_sites_heat_map_is_below_the_front_ends_host(heatmap_url: str, blog: str) -> None:
    assert settings(heatmap_url=heatmap_url).heatmaps["blog"] == blog


def test_an_address_may_be_given() -> None:
    given = settings(sites_heatmap_urls="blog=https://blog-heat.example, shop=http://localhost:8082")
    assert given.heatmaps == {
        "": "http://localhost:8081",
        "blog": "https://blog-heat.example",
        "shop": "http://localhost:8082",
    }
    choice = Choice(given.heatmaps)
    names = {
        "localhost:8081": "",
        "blog-heat.example": "blog",
        "localhost:8082": "shop",
        "localhost": "",
        "": "",
    }
    assert {host: choice.name(host) for host in names} == names
    assert given.viewers.names("https://blog-heat.example"), "its pages may show heat"
    assert given.hosts.include("blog-heat.example")


def test_the_front_end_listens_on_the_ports_of_addresses_at_http() -> None:
    given = "blog=https://blog-heat.example:8443,shop=http://localhost:8082"
    assert further_ports(settings(sites_heatmap_urls=given)) == [8082]
    assert further_ports(settings(sites_heatmap_urls="blog=http://blog-heat.example:8081")) == []


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("sites_fetch_urls", "blg=http://localhost:9000", "'blg' should be a name in SITES"),
        ("sites_heatmap_urls", "blg=http://localhost:9000", "'blg' should be a name in SITES"),
        ("sites_fetch_urls", "http://localhost:9000", "should be name=origin"),
        ("sites_fetch_urls", "blog=http://a,blog=http://b", "blog has two addresses"),
        ("sites_heatmap_urls", "blog=http://a/path", "an origin alone"),
    ],
)
def test_a_wrong_address_is_refused(setting: str, value: str, said: str) -> None:
    with pytest.raises(WrongSetting, match=said):
        settings(**{setting: value})


def test_a_further_address_at_http_is_listened_on(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    values = {
        "SITE_URL": "http://127.0.0.1:1",
        "SITES": "blog=http://127.0.0.1:2",
        "HEATMAP_PORT": str(ports[0]),
        "SITES_HEATMAP_URLS": f"blog=http://localhost:{ports[1]}",
    }
    command = [sys.executable, "-m", "pageheat", "heatmap"]
    process = subprocess.Popen(command, env=os.environ | values, cwd=tmp_path, stderr=subprocess.PIPE)
    try:
        until(lambda: not why_unready("127.0.0.1", ports[1], "/_pageheat/ready"), lambda: "not ready")
        for port, site in zip(ports, ("http://127.0.0.1:1", "http://127.0.0.1:2"), strict=True):
            answer = httpx2.get(f"http://127.0.0.1:{port}/", headers={"host": f"localhost:{port}"})
            assert answer.text.startswith(f"{site} does not answer: ")
    finally:
        process.terminate()
        process.communicate()
