"""What ingest accepts, what it makes of it, and what it refuses."""

import json

import pytest

from pageheat.services.contract.pages import MAX_PATH_BYTES, PATHS_ALONE, Pages
from pageheat.services.contract.records import (
    MAX_EVENTS,
    MAX_FRAME_BYTES,
    MAX_FUTURE_MS,
    Event,
    Frame,
    Page,
    Point,
    Size,
    Target,
    encode,
)
from pageheat.services.ingest.frames import Refused, read
from tests.support.ingest import NOW_MS, SENT, TUTORIAL, changed


def taken(data: bytes, site: str = "") -> Frame:
    return read(data, site=site, received_ms=NOW_MS)


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        taken(data)
    return caught.value


def test_the_trackers_frame_is_stamped_and_otherwise_unchanged() -> None:
    assert taken(json.dumps(SENT).encode(), site="blog") == Frame(
        v=1,
        site="blog",
        session="k3J_-9",
        received=NOW_MS,
        page=Page("/lamp", Size(1265, 4210), Size(1280, 720), Point(132, 8)),
        events=[
            Event("move", 512, 1730, age=180),
            Event(
                *("click", 515.5, 33, 4),
                buttons=1,
                fixed=True,
                target=Target("#offers>li:nth-of-type(3)", 0.31, 0.5, 240, 48.5),
            ),
        ],
        seq=7,
    )


def test_our_frame_may_have_a_field_of_the_tutorials() -> None:
    assert taken(changed(SENT, "session", to="session_id")).session == "session_id"


@pytest.mark.parametrize(("sent", "type_"), [("mousemove", "move"), ("click", "click")])
def test_the_tutorials_event_becomes_a_frame_of_one_event(sent: str, type_: str) -> None:
    frame = taken(changed(TUTORIAL, "type", to=sent))
    assert frame.session == TUTORIAL["session_id"]
    assert frame.page == Page("/products", Size(1265, 2100))
    assert frame.events == [Event(type_, 100, 200)]  # type: ignore[arg-type]
    assert frame.seq is None


def test_no_query_string_is_kept() -> None:
    for data in (
        json.dumps(TUTORIAL).encode(),
        changed(SENT, "page", "path", to="/lamp?q=ann@example.org#ann@example.org"),
    ):
        assert b"ann@example.org" not in encode(taken(data))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/a", "/a"),
        ("//a", "/a"),
        ("///a//b", "/a//b"),
        ("a", "/a"),
        ("/", "/"),
        ("/%C3%BC/a;b=c,d", "/%C3%BC/a;b=c,d"),
        ("/ü b", "/%C3%BC%20b"),
    ],
)
def test_a_page_has_one_key_for_all_spellings_of_its_path(path: str, key: str) -> None:
    assert taken(changed(SENT, "page", "path", to=path)).key == key
    assert taken(changed(TUTORIAL, "relative_path", to=path)).key == key


def test_pages_of_another_site_have_their_own_keys() -> None:
    assert taken(json.dumps(SENT).encode(), site="blog").key == "//blog/lamp"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"{}", id="empty"),
        pytest.param(b'{"a":' * 10_000, id="nested deeply"),
        pytest.param(changed(SENT, "v", to=2), id="unknown version"),
        pytest.param(changed(SENT, "session", to="ann@example.org"), id="session with an @"),
        pytest.param(changed(SENT, "session", to="x" * 65), id="long session"),
        pytest.param(changed(SENT, "session", to="abc\n"), id="session with a line feed"),
        pytest.param(changed(SENT, "seq", to=-1), id="negative number"),
        pytest.param(changed(SENT, "seq", to=10**40), id="huge number of a frame"),
        pytest.param(changed(SENT, "page", "document", "width", to=1e-310), id="tiny width"),
        pytest.param(changed(SENT, "events", to=[]), id="no events"),
        pytest.param(changed(SENT, "events", to=[SENT["events"][0]] * (MAX_EVENTS + 1)), id="many events"),
        pytest.param(changed(SENT, "events", 0, "type", to="scroll"), id="unknown type"),
        pytest.param(changed(SENT, "events", 0, "x", to="12"), id="text instead of a number"),
        pytest.param(changed(SENT, "events", 0, "x", to=1e308), id="huge number"),
        pytest.param(changed(SENT, "events", 0, "x", to=float("nan")), id="NaN"),
        pytest.param(changed(SENT, "events", 0, "age", to=10**30), id="huge age"),
        pytest.param(changed(SENT, "page", "document", "width", to=0), id="no width"),
        pytest.param(changed(SENT, "page", "document", to=None), id="no document"),
        pytest.param(changed(SENT, "page", "viewport", to=None), id="fixed, but where in the viewport"),
        pytest.param(changed(SENT, "page", "first", to={"x": 1}), id="half a corner"),
        pytest.param(changed(SENT, "events", 1, "target", "x", to=1.5), id="outside its element"),
        pytest.param(changed(SENT, "events", 1, "target", "height", to=-1), id="element of negative height"),
        pytest.param(changed(SENT, "events", 1, "target", "selector", to="*"), id="invalid selector"),
        pytest.param(changed(SENT, "page", "path", to="/" + "é" * MAX_PATH_BYTES), id="long path"),
        pytest.param(changed(SENT, "page", "path", to=""), id="no path"),
        pytest.param(changed(TUTORIAL, "type", to="wheel"), id="tutorial's unknown type"),
        pytest.param(changed(TUTORIAL, "mouse-coordinates", to=None), id="tutorial, nowhere"),
        pytest.param(changed(TUTORIAL, "window", "height", to=-5), id="tutorial, no document"),
    ],
)
def test_invalid_frames_are_refused_with_a_reason(data: bytes) -> None:
    refused = refusal(data)
    assert refused.reason == "malformed"
    assert json.loads(refused.answer()) == {"refused": "malformed", "detail": refused.detail}
    assert refused.detail


def test_a_reason_says_where_the_frame_is_wrong() -> None:
    assert "$.events[1].x" in refusal(changed(SENT, "events", 1, "x", to="12")).detail
    assert "$.page" in refusal(changed(SENT, "page", "document", to=None)).detail
    for _ in range(2):  # a cached name is still invalid
        assert "$.session" in refusal(changed(SENT, "session", to="ann@example.org")).detail


def test_cached_names_are_separate_for_each_set_of_rules() -> None:
    data = changed(SENT, "page", "path", to="/user/42?x")
    masked = Pages.parse(masks="/user/*")
    for pages, path in ((PATHS_ALONE, "/user/42"), (masked, "/user/*"), (Pages(), "/user/42")):
        assert read(data, site="", received_ms=NOW_MS, pages=pages).page.path == path


def test_a_page_is_told_apart_by_the_parameters_and_routes_that_the_settings_name() -> None:
    pages = Pages.parse(query="id", hash_routes=True)
    for data in (
        changed(SENT, "page", "path", to="/doku.php?do=show&id=Start#/a?q=ann"),
        changed(TUTORIAL, "relative_path", to="/doku.php?id=Start&q=ann@example.org#/a"),
    ):
        frame = read(data, site="", received_ms=NOW_MS, pages=pages)
        assert frame.key == "/doku.php?id=Start#/a"
        assert b"ann" not in encode(frame)


def test_an_address_may_be_longer_than_the_name_of_its_page() -> None:
    path = "/lamp?q=" + "a" * MAX_PATH_BYTES
    assert taken(changed(TUTORIAL, "relative_path", to=path)).key == "/lamp"
    assert refusal(changed(TUTORIAL, "relative_path", to=path * 9)).reason == "malformed"


def test_a_frame_that_is_too_long_is_not_parsed() -> None:
    assert refusal(b" " * (MAX_FRAME_BYTES + 1)).reason == "too_large"
    assert refusal(b" " * MAX_FRAME_BYTES).reason == "malformed"


def test_an_event_too_far_in_the_future_is_refused() -> None:
    taken(changed(SENT, "events", 0, "age", to=-MAX_FUTURE_MS))
    assert refusal(changed(SENT, "events", 0, "age", to=-MAX_FUTURE_MS - 1)).reason == "future"
