"""Which page an address means: sites are separate, and only the path is kept."""

from urllib.parse import quote

import pytest

from pageheat.imports.click_log import ClickLog
from pageheat.imports.page_names import PageKeys
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages

KEYS = PageKeys(Origins("http://shop.example", {"https://blog.example": "blog"}, {"http://www.shop.example"}))


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("http://shop.example/lamp", "/lamp"),
        ("http://SHOP.example:80/lamp", "/lamp"),
        ("http://shop.example", "/"),
        ("http://shop.example?from=/lamp", "/"),
        ("http://shop.example#/lamp", "/"),
        ("http://shop.example//lamp//two", "/lamp//two"),
        ("http://shop.example/lamp/", "/lamp/"),
        ("http://shop.example/lamp?session=4711#top", "/lamp"),
        ("http://ann:secret@shop.example/lamp", "/lamp"),
        ("http://www.shop.example/lamp", "/lamp"),
        ("https://blog.example/lamp", "//blog/lamp"),
        ("http://blog.example/lamp", "//blog.example/lamp"),
        ("https://other.example/lamp", "//other.example/lamp"),
        ("http://other.example/lamp", "//other.example/lamp"),
        ("http://other.example:8080/lamp", "//other.example:8080/lamp"),
        ("http://m.shop.example/lamp", "//m.shop.example/lamp"),
        ("/lamp", "/lamp"),
    ],
)
def test_a_pages_key_is_its_path_and_its_site(address: str, key: str) -> None:
    assert KEYS.find(b"", address.encode()) == key
    assert KEYS.find(address.encode(), b"-") == key


def test_a_bare_path_belongs_to_the_referers_site() -> None:
    assert KEYS.find(b"/lamp", b"https://blog.example/") == "//blog/lamp"
    assert KEYS.find(b"/lamp", b"android-app://some.app") == "/lamp"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("http://shop.example/doku.php?do=show&id=a+b", "/doku.php?id=a%20b"),
        ("http://shop.example?id=7", "/?id=7"),
        ("https://blog.example/app/#/users/7?q=ann", "//blog/app#/users/7"),
        ("http://shop.example/?q=http://blog.example/&id=7", "/?id=7"),
        ("http://shop.example/#//blog/", "/#/blog"),
        ("/app/?id=7#/two", "/app?id=7#/two"),
    ],
)
def test_a_pages_key_has_what_the_settings_name_of_its_query_and_fragment(address: str, key: str) -> None:
    pages = Pages.parse(query="id", hash_routes=True, suffixes="/")
    origins = Origins("http://shop.example", {"https://blog.example": "blog"}, set())
    assert PageKeys(origins, pages).find(quote(address).encode(), b"-") == key
    log = ClickLog(PageKeys(origins, pages))
    assert log.read(f"?x=1&y=2,{address}".encode())[0].page == key  # type: ignore[index]
