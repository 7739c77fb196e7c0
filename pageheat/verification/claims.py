"""Claims about a running system, each judged from the evidence alone. Pure."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from pageheat.services.contract.records import ROW_PX
from pageheat.verification.audit import Differences
from pageheat.verification.breakdown_claims import BREAKDOWN_CLAIMS
from pageheat.verification.evidence import (
    Claim,
    Evidence,
    all_breakdowns,
    all_grids,
    grids_of,
    is_empty,
    name_of,
    read_breakdown,
    read_grid,
    read_viewed,
)
from pageheat.verification.history_claims import the_history_equals_the_recount
from pageheat.verification.recount import Json, differences

COOL_MS = 5_000
"""How long a page may stay on the list after its last event left the window."""


def judge(evidence: Evidence) -> list[Claim]:
    """Judge every claim, in the order in which events pass through the system."""
    claims: tuple[Callable[[Evidence], Claim], ...] = (
        each_frame_is_counted_once,
        frames_are_grouped_unaltered,
        windows_are_whole,
        grids_equal_the_recount,
        grids_come_in_order,
        viewers_get_what_is_on_the_topic,
        heat_is_fresh,
        the_list_agrees_with_the_grids,
        cooled_pages_get_an_empty_grid,
        *BREAKDOWN_CLAIMS,
        the_history_equals_the_recount,
    )
    return [claim(evidence) for claim in claims]


def each_frame_is_counted_once(evidence: Evidence) -> Claim:
    """No frame is lost between the clickstream topics or counted twice."""
    audit = evidence.audit
    what = "frames"
    if audit.repeated:
        what += f", {audit.repeated} repeated by group_by and skipped by source offset"
    if audit.duplicates:
        what += f", {audit.duplicates} duplicates from clients, dropped"
    if audit.dead_frames:
        what += f", {audit.dead_frames} unreadable and kept as dead letters"
    return Claim(
        "no frame is lost or counted twice between the topics", audit.frames, what, audit.uncounted()
    )


def frames_are_grouped_unaltered(evidence: Evidence) -> Claim:
    """A frame has the same bytes on both topics and its page's key; a page has one partition."""
    audit = evidence.audit
    return Claim(
        "each frame is the same bytes under its page's key, a page in one partition",
        audit.frames - audit.missing,
        "frames",
        audit.altered,
    )


def windows_are_whole(evidence: Evidence) -> Claim:
    """Each grid and breakdown has the window's length, multiples of the step, and the configured size."""
    wrong, checked = Differences(), 0
    for page, record in (*all_grids(evidence), *all_breakdowns(evidence)):
        checked += 1
        start, end = record["start"], record["end"]
        if end - start != evidence.window_ms or start % evidence.step_ms or end % evidence.step_ms:
            wrong.add(f"{name_of(page, record)}: [{start}, {end}) is not a window")
        if record["grid-size"] != evidence.grid_size:
            wrong.add(f"{name_of(page, record)}: grid-size {record['grid-size']}")
    text = f"windows are {evidence.window_ms / 1000:g} s long, at multiples of {evidence.step_ms} ms"
    return Claim(text, checked, "grids and breakdowns", wrong)


def grids_equal_the_recount(evidence: Evidence) -> Claim:
    """Each grid equals a brute-force recount, tile by tile."""
    wrong, checked, counted = Differences(), 0, 0
    for page, grid in all_grids(evidence):
        log = evidence.log_of(page, grid)
        for difference in differences(grid, log, newest_to_ms=evidence.step_ms):
            wrong.add(f"{name_of(page, grid)}: {difference}")
        checked += 1
        counted += sum(grid["totals"].values())
    what = f"grids of {len(evidence.grids)} pages, {counted:,} counts"
    return Claim("each grid equals a recount of the log, tile by tile and row by row", checked, what, wrong)


def grids_come_in_order(evidence: Evidence) -> Claim:
    """The `end` of a page's grids and breakdowns never goes back; nor does `position` in what viewers get.

    On the topics `position` may go back: an instance that was suspended may write one more grid before it
    exits, and broadcaster doesn't show it.
    """
    wrong, checked, held_back = Differences(), 0, 0
    sources = (
        ("heatmap", evidence.grids, read_grid),
        ("heatmap-detail", evidence.breakdowns, read_breakdown),
        ("viewer", evidence.viewed, read_viewed),
        ("broadcaster", evidence.answered, read_breakdown),
    )
    for where, records, read in sources:
        for page, values in records.items():
            seen = [record for value in values if (record := read(value))]
            for last, record in pairwise(seen):
                checked += 1
                behind = record["position"] < last["position"]
                if record["end"] < last["end"] or (behind and where in ("viewer", "broadcaster")):
                    wrong.add(f"{where}: {name_of(page, record)} after {name_of(page, last)}")
                elif behind:
                    held_back += 1
    what = "grids and breakdowns"
    if held_back:
        what += f", {held_back} of a restarted aggregator held back"
    return Claim("a page's grids and breakdowns are in order of end and position", checked, what, wrong)


def viewers_get_what_is_on_the_topic(evidence: Evidence) -> Claim:
    """A WebSocket viewer gets records of `heatmap`, and the newest one too."""
    wrong, checked = Differences(), 0
    for page, messages in evidence.viewed.items():
        records = grids_of(evidence, page)
        cut = "v", "fine", "looks"
        shown = [{name: value for name, value in grid.items() if name not in cut} for grid in records]
        for message in messages:
            checked += 1
            grid = read_viewed(message)
            if grid is None:
                wrong.add(f"{page}: a viewer's message is not a grid but '{message[:80]}'")
            elif grid not in shown and not _is_cold(evidence, page, grid):
                wrong.add(f"{name_of(page, grid)}: a viewer's grid is not on heatmap")
        if records and not messages:
            wrong.add(f"{page}: a viewer got nothing")
        last = read_viewed(messages[-1]) if messages else None
        old = [grid for grid in records if grid["end"] < evidence.settled_ms]
        if last and old and last["position"] < old[-1]["position"]:
            wrong.add(f"{name_of(page, last)}: a viewer's last, older than {name_of(page, old[-1])}")
    return Claim("a viewer gets the record on heatmap, and the newest", checked, "grids", wrong)


def heat_is_fresh(evidence: Evidence) -> Claim:
    """Each page's last grid counts what was received until `fresh_ms` before the end."""
    wrong, checked = Differences(), 0
    last: dict[str, Json] = dict(all_grids(evidence))
    for (partition, page), log in evidence.logs.items():
        grid = last.get(page)
        if grid is None or grid["partition"] != partition:
            continue
        checked += 1
        waiting = log.first_waiting(
            evidence.ended_ms - evidence.window_ms + evidence.fresh_ms,
            evidence.settled_ms,
            grid["position"],
        )
        if waiting is not None:
            wrong.add(f"{name_of(page, grid)}: does not count offset {waiting}")
    text = f"heat is fresh: what arrived {evidence.fresh_ms / 1000:g} s before the end is counted"
    return Claim(text, checked, "pages", wrong)


def the_list_agrees_with_the_grids(evidence: Evidence) -> Claim:
    """An entry in the list of warm pages agrees with the grid of that page and `end`."""
    wrong, checked = Differences(), 0
    grids = {page: {grid["end"]: grid for grid in grids_of(evidence, page)} for page in evidence.grids}
    for entry in evidence.listed:
        newest = entry["newest"]
        if newest is None or newest < entry["time"] - evidence.window_ms - COOL_MS:
            wrong.add(f"{entry['page']}: still listed, its newest event is at {newest}")
        grid = grids.get(entry["page"], {}).get(entry["end"])
        if grid is None:
            continue
        checked += 1
        expected = {
            "moves": grid["totals"].get("moves"),
            "clicks": grid["totals"].get("clicks"),
            "visitors": grid["visitors"],
            "newest": grid["newest"],
            "size": grid["page"],
        }
        for name, value in expected.items():
            if entry[name] != value:
                wrong.add(f"{name_of(entry['page'], grid)}: {name} is {value}, listed {entry[name]}")
    return Claim("the list of warm pages agrees with their grids", checked, "entries", wrong)


def cooled_pages_get_an_empty_grid(evidence: Evidence) -> Claim:
    """A page gets an empty grid before its tombstone."""
    wrong, checked = Differences(), 0
    for cooled in evidence.cooled:
        checked += 1
        if not cooled.was_empty:
            wrong.add(f"{cooled.page}: a tombstone follows a grid that is not empty")
    return Claim("a cooled page gets an empty grid, then a tombstone", checked, "pages", wrong)


def summary(claims: Iterable[Claim]) -> tuple[str, bool]:
    """The summary line, and whether some claims passed and none failed."""
    claims = list(claims)
    passed = sum(claim.verdict == "PASS" for claim in claims)
    failed = sum(claim.verdict == "FAIL" for claim in claims)
    unchecked = len(claims) - passed - failed
    line = f"{'FAIL' if failed or not passed else 'PASS'} ({passed}/{passed + failed})"
    if unchecked:
        line += f", nothing to check for {unchecked} more"
    return line, passed > 0 and not failed


def _is_cold(evidence: Evidence, page: str, grid: Json) -> bool:
    """Whether a grid is rightly empty: broadcaster makes one if a page cools while no aggregator runs."""
    whole = grid | {"fine": {"row": ROW_PX}}
    return is_empty(grid) and not any(differences(whole, evidence.log_of(page, grid), evidence.step_ms))
