"""What is kept of a page view's attributes."""

import pytest

from pageheat.services.contract.attributes import NAMES
from pageheat.services.contract.records import MAX_LABEL_CHARS, Attributes
from pageheat.services.ingest.attributes import KEPT_MS, MAX_VALUES, KeptAttributes, others
from pageheat.services.ingest.rules import Rules
from pageheat.services.runtime.settings import IngestSettings, WrongSetting

SENDERS = IngestSettings.load(
    site_url="https://shop.example",
    sites="blog=https://blog.example,trial=http://127.0.0.1:3000",
).senders


def kept(sent: Attributes, names: str = ",".join(NAMES)) -> Attributes | None:
    rules = Rules.of(IngestSettings.load(segments=names))
    return KeptAttributes(rules.attributes, SENDERS).of(sent, "", 0)


def one(value: str, name: str = "source") -> str:
    """What is kept of one attribute."""
    found = kept(Attributes(**{name: value}))
    return getattr(found, name) if found else ""


def test_all_attributes_are_kept_by_default() -> None:
    sent = Attributes("www.example.net", "newsletter", "email", "spring sale", "checkout-b")
    assert kept(sent) == sent


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("source, segment", Attributes(source="newsletter", segment="b")),
        ("referrer", Attributes("www.example.net")),
        ("medium", None),
        ("none", None),
    ],
)
def test_only_those_that_the_setting_names_are_kept(names: str, expected: Attributes | None) -> None:
    assert kept(Attributes("www.example.net", "newsletter", segment="b"), names) == expected


def test_an_unknown_name_in_the_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongSetting, match="'term' should be some of referrer, source"):
        IngestSettings.load(segments="source,term")


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("www.example.net", "www.example.net"),
        ("WWW.Example.net", "www.example.net"),
        ("example.net:8443", "example.net"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("shop.example", "internal"),
        ("blog.example:8443", "internal"),
        ("localhost:8080", "internal"),
        ("127.0.0.1", "internal"),
        ("[::1]:3000", "internal"),
        ("", ""),
    ],
)
def test_a_referrer_is_a_host_or_a_page_of_ours(referrer: str, expected: str) -> None:
    assert one(referrer, "referrer") == expected


@pytest.mark.parametrize(
    "referrer",
    ["a.example/ann", "a.example?q=ann", "a.example#ann", "ann:secret@a.example", "https://a.example", "a b"],
)
def test_a_referrer_with_more_than_a_host_is_dropped(referrer: str) -> None:
    assert one(referrer, "referrer") == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("spring sale", "spring sale"),
        (" spring \n", "spring"),
        ("a\x00b\u202ec", "abc"),
        ("x" * 100, "x" * MAX_LABEL_CHARS),
        ("\t", ""),
        ("ann@example.org", ""),
        ("https://a.example", ""),
        ("?q=ann", ""),
        ("/user/ann", ""),
    ],
)
def test_other_values_are_cleaned_and_cut_and_no_addresses(value: str, expected: str) -> None:
    assert one(value) == expected


def test_of_too_many_different_values_the_later_ones_are_other_until_the_hour_is_over() -> None:
    attributes, before = KeptAttributes({"campaign", "source"}, SENDERS, limit=2), counted()

    def campaign(value: str, site: str = "", now_ms: int = 0) -> str:
        found = attributes.of(Attributes(campaign=value), site, now_ms)
        assert found
        return found.campaign

    assert [campaign(value) for value in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]
    assert counted() == before + 2
    assert campaign("c", site="blog") == "c"
    assert attributes.of(Attributes(source="c"), "", 0) == Attributes(source="c")
    assert campaign("c", now_ms=KEPT_MS) == "c"


def counted() -> float:
    return others.labels("campaign")._value.get()  # type: ignore[no-any-return]


def test_the_limit_is_more_than_a_site_has() -> None:
    attributes = KeptAttributes({"segment"}, SENDERS)
    seen = {attributes.of(Attributes(segment=str(n)), "", 0) for n in range(MAX_VALUES + 5)}
    assert len(seen) == MAX_VALUES + 1
