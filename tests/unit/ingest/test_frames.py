"""What ingest accepts, what it makes of it, and what it refuses."""

import json
from base64 import b64encode

import pytest

from pageheat.services.contract.packed_rows import pack_looks, pack_moves
from pageheat.services.contract.pages import MAX_PATH_BYTES, PATHS_ALONE, Pages
from pageheat.services.contract.records import (
    MAX_AGE_MS,
    MAX_EVENTS,
    MAX_FRAME_BYTES,
    MAX_FUTURE_MS,
    MAX_LOOK_MS,
    MAX_LOOKS,
    MAX_PX,
    Attributes,
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
from tests.support.packing import packed

EMPTY = {name: SENT[name] for name in ("v", "session", "seq", "page")}
FIXED_NOWHERE = EMPTY | {
    "page": {"path": "/lamp", "document": SENT["page"]["document"]},
    "fixed_moves": SENT["fixed_moves"],
}


def taken(data: bytes, site: str = "") -> Frame:
    return read(data, site=site, received_ms=NOW_MS, keep=lambda sent, *_: sent)


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        taken(data)
    return caught.value


def test_the_trackers_frame_is_stamped_and_otherwise_unchanged() -> None:
    assert taken(json.dumps(SENT).encode(), site="blog") == Frame(
        v=2,
        site="blog",
        session="k3J_-9",
        received=NOW_MS,
        page=Page("/lamp", Size(1265, 4210), Size(1280, 720), Point(132, 8)),
        view=1,
        attributes=Attributes("www.example.net", "newsletter", segment="checkout-b"),
        moves=pack_moves([(512, 1730, 180), (530, 1719, 55)]),
        fixed_moves=pack_moves([(516, 32, 10)]),
        looks=pack_looks([(0, 720, 5000, 4100), (1400, 720, 850, 3)]),
        events=[
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
        pytest.param(changed(SENT, "session", to="ann@example.org"), id="session with an @"),
        pytest.param(changed(SENT, "session", to="x" * 65), id="long session"),
        pytest.param(changed(SENT, "session", to="abc\n"), id="session with a line feed"),
        pytest.param(changed(SENT, "seq", to=-1), id="negative number"),
        pytest.param(changed(SENT, "seq", to=10**40), id="huge number of a frame"),
        pytest.param(changed(SENT, "page", "document", "width", to=1e-310), id="tiny width"),
        pytest.param(json.dumps(EMPTY).encode(), id="no events and no looks"),
        pytest.param(changed(SENT, "view", to=-1), id="negative view"),
        pytest.param(changed(SENT, "attributes", to={"source": 3}), id="number as an attribute"),
        pytest.param(changed(SENT, "moves", to="?"), id="no base64"),
        pytest.param(changed(SENT, "moves", to=packed(1, 2)), id="half a move"),
        pytest.param(changed(SENT, "moves", to=packed(MAX_PX + 1, 2, 3)), id="move far outside"),
        pytest.param(changed(SENT, "fixed_moves", to=packed(1, -MAX_PX - 1, 3)), id="move far above"),
        pytest.param(changed(SENT, "moves", to=packed(1, 2, MAX_AGE_MS + 1)), id="huge age of a move"),
        pytest.param(changed(SENT, "moves", to=packed(*(1, 2, 3) * MAX_EVENTS)), id="many moves and others"),
        pytest.param(changed(SENT, "looks", to=packed(0, 720, 250)), id="part of a look"),
        pytest.param(changed(SENT, "looks", to=packed(0, 0, 250, 0)), id="look of no height"),
        pytest.param(changed(SENT, "looks", to=packed(MAX_PX + 1, 1, 250, 0)), id="look far below"),
        pytest.param(changed(SENT, "looks", to=packed(0, 720, -1, 0)), id="look of negative duration"),
        pytest.param(changed(SENT, "looks", to=packed(0, 720, MAX_LOOK_MS + 1, 0)), id="endless look"),
        pytest.param(changed(SENT, "looks", to=packed(0, 720, 1, MAX_AGE_MS + 1)), id="huge age of a look"),
        pytest.param(changed(SENT, "looks", to=packed(*(0, 9, 9, 9) * (MAX_LOOKS + 1))), id="many looks"),
        pytest.param(json.dumps(FIXED_NOWHERE).encode(), id="fixed moves, but where in the viewport"),
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
        pytest.param(changed(SENT, "events", 0, "target", "x", to=1.5), id="outside its element"),
        pytest.param(changed(SENT, "events", 0, "target", "height", to=-1), id="element of negative height"),
        pytest.param(changed(SENT, "events", 0, "target", "selector", to="*"), id="invalid selector"),
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
    assert "$.events[0].x" in refusal(changed(SENT, "events", 0, "x", to="12")).detail
    assert "$.moves" in refusal(changed(SENT, "moves", to=packed(1, 2))).detail
    assert "$.looks" in refusal(changed(SENT, "looks", to=packed(1, 0, 3, 4))).detail
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
    for age, reason in ((-MAX_FUTURE_MS, ""), (-MAX_FUTURE_MS - 1, "future")):
        for data in (
            changed(SENT, "events", 0, "age", to=age),
            changed(SENT, "moves", to=packed(1, 2, 3, 1, 2, age)),
            changed(SENT, "fixed_moves", to=packed(1, 2, age)),
            changed(SENT, "looks", to=packed(0, 720, 250, age)),
        ):
            if reason:
                assert refusal(data).reason == reason
            else:
                taken(data)


@pytest.mark.parametrize("part", ["moves", "fixed_moves", "events", "looks"])
def test_one_kind_of_things_is_enough(part: str) -> None:
    assert encode(taken(json.dumps(EMPTY | {part: SENT[part]}).encode()))


def test_a_frame_may_be_full() -> None:
    full = b64encode(pack_moves([(1, 2, 3)] * (MAX_EVENTS - 2))).decode()
    assert taken(changed(SENT, "moves", to=full)).event_count == MAX_EVENTS


def test_a_former_trackers_frame_is_refused_with_what_to_do() -> None:
    former = {"v": 1, "session": "ann", "seq": 7, "page": SENT["page"], "events": SENT["events"]}
    refused = refusal(json.dumps(former).encode())
    assert refused.reason == "version"
    assert refused.detail == "the frame has version 1, and 2 is read: load the page again"


def test_a_later_trackers_frame_may_be_sent_again_once_ingest_is_upgraded() -> None:
    refused = refusal(changed(SENT, "v", to=3))
    assert refused.reason == "busy"
    assert (
        refused.detail == "the frame has version 3, and 2 is read: upgrade ingest, and resend this one later"
    )


@pytest.mark.parametrize("version", ["2", 2.5, None, True, [2]])
def test_what_is_no_version_is_malformed(version: object) -> None:
    assert refusal(changed(SENT, "v", to=version)).reason == "malformed"


def test_attributes_are_dropped_unless_a_rule_keeps_them() -> None:
    frame = read(json.dumps(SENT).encode(), site="", received_ms=NOW_MS)
    assert frame.attributes is None
