"""Which requests are admitted, by what browsers say of the page that sends them."""

import pytest

from pageheat.services.runtime.callers import Caller
from pageheat.services.runtime.settings import BroadcasterSettings

SETTINGS = BroadcasterSettings.load(
    _env_file=None,
    site_url="https://shop.example",
    sites="blog=https://blog.example,trial=http://localhost:3000",
    origins="https://shop.example:8443,https://bücher.example,*",
    heatmap_url="https://Heat.example/",
    broadcaster_url="https://data.example",
    allowed_hosts="other.example",
)

EMBEDS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
FRAMES = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
OPENS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def caller(headers: dict[str, str], *more: tuple[str, str]) -> Caller:
    said = {"host": "data.example"} | headers
    return Caller.of([(name.encode(), value.encode("latin-1")) for name, value in (*said.items(), *more)])


def refused_for(sender: Caller) -> str | None:
    refusal = sender.host_refusal(SETTINGS.hosts) or sender.origin_refusal(SETTINGS.viewers)
    return refusal.reason if refusal else None


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://shop.example:8443",
        "https://blog.example",
        "https://xn--bcher-kva.example",
        "https://heat.example",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
    ],
)
def test_pages_of_named_origins_are_admitted(origin: str) -> None:
    for headers in ({}, EMBEDS, FRAMES):
        for sender in (caller({"origin": origin} | headers), caller({"referer": f"{origin}/a?b"} | headers)):
            assert refused_for(sender) is None
            assert sender.is_named(SETTINGS.viewers)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:443",
        "https://shop.example.",
        "https://shop.example.evil.example",
        "https://evil.example/https://shop.example",
        "https://SHOP.example",
        "https://shop.example, https://shop.example",
        "https://other.example",
        "http://localhost:8080",
        "http://localhost",
        "http://127.0.0.2:3000",
        "null",
        "",
        "*",
        "file://",
        "data.example",
        "https://data.example:8002",
    ],
)
def test_pages_of_other_origins_are_refused_whatever_they_send(origin: str) -> None:
    for headers in ({}, EMBEDS, OPENS, {"referer": "https://shop.example/"}, {"authorization": "Bearer x"}):
        assert refused_for(caller({"origin": origin} | headers)) == "origin"
        assert not caller({"origin": origin} | headers).is_named(SETTINGS.viewers)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, None),  # no browser
        ({"sec-fetch-site": "none"} | {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, None),
        ({"sec-fetch-site": "same-origin"}, None),
        (OPENS, None),  # a link
        (OPENS | {"referer": "https://evil.example/"}, None),
        ({"referer": "https://evil.example/"}, None),  # a link, from a browser that says no more
        (EMBEDS, "origin"),
        (EMBEDS | {"sec-fetch-site": "same-site"}, "origin"),
        (EMBEDS | {"sec-fetch-dest": "script"}, "origin"),
        (EMBEDS | {"referer": "https://evil.example/"}, "origin"),
        (EMBEDS | {"referer": "https://evil.example/https://shop.example/"}, "origin"),
        (EMBEDS | {"referer": "nonsense"}, "origin"),
        (FRAMES, "origin"),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, None),  # a form of ours, under no-referrer
        ({"origin": "null", "sec-fetch-site": "cross-site"}, "origin"),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, "origin"),
        ({"origin": "https://data.example"}, None),  # of ours
        ({"origin": "http://data.example"}, None),
        ({"origin": "https://data.example:8002", "host": "DATA.example:8002"}, None),
        ({"origin": "http://localhost:8002", "host": "localhost:8002"}, None),
    ],
)
def test_without_a_foreign_origin_only_embedding_is_refused(
    headers: dict[str, str], reason: str | None
) -> None:
    assert refused_for(caller(headers)) == reason


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8002", "", "data.example, data.example"])
def test_a_page_that_took_our_address_is_refused_by_its_host(host: str) -> None:
    for headers in ({}, {"sec-fetch-site": "same-origin"}, {"origin": f"http://{host}"}):
        assert refused_for(caller({"host": host} | headers)) == "host"


def test_a_repeated_header_is_refused_and_a_missing_host_too() -> None:
    assert refused_for(caller({}, ("host", "data.example"))) == "host"
    assert refused_for(Caller.of([])) == "host"
    assert (
        refused_for(caller({"origin": "https://shop.example"}, ("origin", "https://shop.example")))
        == "origin"
    )


def test_a_refusal_names_what_was_given_and_the_setting() -> None:
    host = caller({"host": "evil.example\x1b" + 500 * "x"}).host_refusal(SETTINGS.hosts)
    assert host
    assert host.message.startswith(r"'evil.example\x1bxxx")
    assert len(host.message) < 400
    assert "ALLOWED_HOSTS" in host.message
    for origin in ("https://evil.example", "null", None):
        said = {} if origin is None else {"origin": origin}
        refusal = caller(EMBEDS | said).origin_refusal(SETTINGS.viewers)
        assert refusal
        assert "ORIGINS" in refusal.message
        assert (origin or "") in refusal.message or origin == "null"
