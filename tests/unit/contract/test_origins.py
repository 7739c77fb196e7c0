"""Which origins may send, and to which site they belong."""

import pytest

from pageheat.services.runtime.settings import IngestSettings

SETTINGS = {
    "site_url": "https://Shop.example/",
    "sites": "blog=https://blog.example, trial=http://127.0.0.1:3000",
    "origins": "https://shop.example:8443, http://localhost:8080, http://localhost.example",
}

ORIGINS = IngestSettings.load(**SETTINGS).senders
ANY = IngestSettings.load(**SETTINGS | {"origins": "*"}).senders


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        ("https://shop.example", ""),
        ("https://shop.example:8443", ""),
        ("https://blog.example", "blog"),
        ("http://localhost:8080", ""),
        ("http://127.0.0.1:8080", ""),
        ("http://[::1]:8080", ""),
        ("http://localhost:3000", "trial"),
        ("http://[::1]:3000", "trial"),
    ],
)
def test_pages_of_configured_origins_may_send(origin: str, site: str) -> None:
    assert ORIGINS.site_of(origin) == site
    if site:
        assert ANY.site_of(origin) == site, "a configured site stays one"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://shop.example",
        "https://shop.example:444",
        "https://SHOP.example",
        "https://shop.example/",
        "https://shop.example.evil.example",
        "https://evil.example#https://shop.example",
        "https://www.shop.example",
        "https://blog.example:8443",
        "http://localhost",
        "http://localhost:8081",
        "https://localhost:8080",
        "http://127.0.0.1.example",
        "http://127.0.0.2:8080",
        "*",
    ],
)
def test_pages_of_other_origins_may_not_unless_a_star_allows_them(origin: str) -> None:
    assert ORIGINS.site_of(origin) is None
    assert ANY.site_of(origin) == ""


def test_the_demo_shop_may_send_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEMO_PORT", "SITE_URL", "SITES", "ORIGINS"):
        monkeypatch.delenv(name, raising=False)
    origins = IngestSettings.load(_env_file=None, demo_port=9000).senders
    assert origins.site_of("http://localhost:9000") == ""
    assert origins.site_of("http://localhost:8080") is None


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://straße.de", "https://xn--strae-oqa.de"),
        ("https://STRASSE.de", "https://strasse.de"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://bücher。example:444", "https://xn--bcher-kva.example:444"),
        ("https://xn--strae-oqa.de", "https://xn--strae-oqa.de"),
        ("https://βόλος.com", "https://xn--nxasmm1c.com"),
        ("https://☃.net", "https://xn--n3h.net"),
        ("https://my_shop.ｅxample", "https://my_shop.example"),
    ],
)
def test_names_beyond_ascii_are_those_of_browsers_in_every_setting(written: str, origin: str) -> None:
    others = "https://one.example"
    for settings in (
        {"site_url": written},
        {"site_url": others, "origins": written},
        {"site_url": others, "sites": f"blog={written}"},
    ):
        origins = IngestSettings.load(_env_file=None, **settings).senders
        assert origins.site_of(origin) == ("blog" if "sites" in settings else ""), settings
        assert origins.site_of("https://two.example") is None
