"""What a browser saw, judged; what HTTP tells is judged in tests/unit/pageheat/test_check.py."""

from collections.abc import Sequence

import pytest

from pageheat.services.checking.evidence import Browsing, Evidence, Finding, Sighting
from pageheat.services.checking.findings import findings
from pageheat.services.checking.page import Tag
from pageheat.services.checking.policy import Forbidden
from pageheat.services.contract.pages import PATHS_ALONE

URL, INGEST = "https://shop.example/lamp", "https://heat.example"
TAG = Tag(f"{INGEST}/_pageheat/page.js", INGEST)
NOBODY = Sighting("/lamp", people=False, robots=False, alike=[], refused=[])
SEEN = Browsing(runs=True, path="/lamp", answer="")


def judged(
    browsing: Browsing | None = SEEN, *, tag: Tag = TAG, script: str = "", policies: Sequence[str] = ()
) -> dict[str, Finding]:
    evidence = Evidence(
        URL,
        INGEST,
        tags=[tag],
        policies=[*policies],
        script=script,
        socket="",
        sighting=NOBODY,
        browsing=browsing,
    )
    return {it.name: it for it in findings(evidence, PATHS_ALONE)}


def test_what_a_browser_has_loaded_is_allowed_whatever_the_policy_seems_to_say() -> None:
    policies = ["script-src 'strict-dynamic' 'nonce-x'"]
    assert judged(policies=policies)["policy"].outcome == "PASS"
    assert judged(None, policies=policies)["policy"].outcome == "FAIL"


def test_a_policy_that_only_the_browser_knows_is_named_by_its_violation() -> None:
    seen = Browsing(violations=(Forbidden("script-src-elem", INGEST),))
    found = judged(seen, script="is forbidden by the site's policy")
    assert found["policy"] == Finding(
        "policy",
        "FAIL",
        "The site's Content-Security-Policy forbids the tracker's script, by script-src-elem",
        f"Add to its script-src-elem: {INGEST}",
    )
    assert "script" not in found, "it is the same fault"


@pytest.mark.parametrize(
    ("browsing", "told"),
    [
        (
            Browsing(runs=True, path="/lamp", answer="malformed: x is not a number"),
            "ingest refuses them: malformed",
        ),
        (Browsing(runs=True, path="/lamp"), "ingest does not answer"),
        (Browsing(runs=True), "sends nothing while the pointer moves"),
    ],
)
def test_events_that_are_not_accepted_fail(browsing: Browsing, told: str) -> None:
    found = judged(browsing)["events"]
    assert found.outcome == "FAIL"
    assert told in found.detail


def test_a_refused_origin_is_known_by_the_answer_where_ingest_cannot_be_asked() -> None:
    evidence = Evidence(
        URL, INGEST, tags=[TAG], browsing=Browsing(runs=True, path="/lamp", answer="origin: no")
    )
    names = {it.name: it.outcome for it in findings(evidence, PATHS_ALONE)}
    assert names["origin"] == "FAIL"
    assert "events" not in names


@pytest.mark.parametrize(("counts", "outcome"), [(False, "WARN"), (True, "PASS")])
def test_robots_alone_are_a_reason_only_where_they_are_not_counted(counts: bool, outcome: str) -> None:
    came = Sighting("/lamp", people=False, robots=True, alike=[], refused=[])
    evidence = Evidence(URL, INGEST, counts_robots=counts, sighting=came)
    (found,) = (it for it in findings(evidence, PATHS_ALONE) if it.name == "robots")
    assert found.outcome == outcome
    assert ("not counted" in found.detail) is not counts
    assert ("COUNT_ROBOTS=true" in found.advice) is not counts


def test_a_tag_that_waits_is_named_by_its_type_unless_the_tracker_runs() -> None:
    waiting = Tag(TAG.src, INGEST, waits="text/plain")
    assert judged(Browsing(), tag=waiting)["tag"].outcome == "WARN"
    assert judged(None, tag=waiting)["tag"].outcome == "WARN"
    assert judged(SEEN, tag=waiting)["tag"].outcome == "PASS"
