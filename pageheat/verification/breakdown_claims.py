"""Claims about `heatmap-detail`: width bands and elements, judged from the evidence alone. Pure."""

from collections import Counter
from collections.abc import Iterator

from pageheat.verification.audit import Differences
from pageheat.verification.breakdown_recount import (
    UNREADABLE,
    band_differences,
    element_differences,
    looks_differences,
)
from pageheat.verification.evidence import (
    Claim,
    Evidence,
    all_breakdowns,
    all_grids,
    breakdowns_of,
    grids_of,
    is_empty,
    name_of,
    read_breakdown,
)
from pageheat.verification.fine_recount import coarser, read_fine
from pageheat.verification.recount import Json


def breakdowns_follow_the_grids(evidence: Evidence) -> Claim:
    """When a page's grid changes, its breakdown is written soon after."""
    wrong, checked = Differences(), 0
    for page in evidence.grids:
        grids = [grid for grid in grids_of(evidence, page) if grid["end"] <= evidence.settled_ms]
        # The breakdown of a cooled page may get its tombstone without an empty breakdown before.
        if not grids or is_empty(grids[-1]):
            continue
        checked += 1
        breakdowns = breakdowns_of(evidence, page)
        newest = breakdowns[-1]["end"] if breakdowns else None
        if newest is None or newest < grids[-1]["end"]:
            wrong.add(f"{name_of(page, grids[-1])}: the newest breakdown has end {newest}")
    text = f"breakdowns follow the grids within {evidence.fresh_ms / 1000:g} s"
    return Claim(text, checked, "pages", wrong)


def bands_add_up_to_the_grid(evidence: Evidence) -> Claim:
    """A page's width bands add up to its grid at that time: the newest not after the breakdown."""
    wrong, checked = Differences(), 0
    for page in evidence.breakdowns:
        grids = sorted(grids_of(evidence, page), key=lambda grid: int(grid["end"]))
        for breakdown in breakdowns_of(evidence, page):
            before = [grid for grid in grids if grid["end"] <= breakdown["end"]]
            if not before or before[-1]["position"] > breakdown["position"]:
                continue  # from a restarted aggregator
            if before[-1] is grids[-1] and before[-1]["end"] < breakdown["end"] > evidence.settled_ms:
                continue  # its grid may not have been read
            checked += 1
            for difference in _sum_differences(breakdown, before[-1]):
                wrong.add(f"{name_of(page, breakdown)}: {difference}")
    return Claim("each page's width bands add up to its grid", checked, "breakdowns", wrong)


def bands_equal_the_recount(evidence: Evidence) -> Claim:
    """Each band equals a brute-force recount."""
    wrong, checked, bands = Differences(), 0, 0
    for page, breakdown in all_breakdowns(evidence):
        checked += 1
        bands += len(breakdown["bands"])
        for difference in band_differences(breakdown, evidence.log_of(page, breakdown), evidence.bands):
            wrong.add(f"{name_of(page, breakdown)}: {difference}")
    text = "each width band equals a recount: visitors, and moves and clicks row by row"
    return Claim(text, checked, f"breakdowns, {bands:,} bands", wrong)


def elements_equal_the_recount(evidence: Evidence) -> Claim:
    """Each element equals a brute-force recount."""
    wrong, checked, elements = Differences(), 0, 0
    for page, breakdown in all_breakdowns(evidence):
        checked += 1
        elements += _element_count(breakdown)
        for difference in element_differences(breakdown, evidence.log_of(page, breakdown), evidence.bands):
            wrong.add(f"{name_of(page, breakdown)}: {difference}")
    text = "each element's clicks, rage, dead and dwell equal a recount, spot by spot"
    return Claim(text, checked, f"breakdowns, {elements:,} elements", wrong)


def looks_equal_the_recount(evidence: Evidence) -> Claim:
    """The looks of each grid and band equal a brute-force recount."""
    wrong, checked, views = Differences(), 0, 0
    for page, record in (*all_grids(evidence), *all_breakdowns(evidence)):
        checked += 1
        log = evidence.log_of(page, record)
        views += log.looks.views
        for difference in looks_differences(record, log, evidence.bands, evidence.step_ms):
            wrong.add(f"{name_of(page, record)}: {difference}")
    text = "looks equal a recount: time in view, depth and fold of page views, row by row"
    return Claim(text, checked if views else 0, "grids and breakdowns", wrong)


def broadcaster_answers_with_the_breakdown_on_the_topic(evidence: Evidence) -> Claim:
    """Broadcaster answers a request for a page's breakdown with a record of the topic, not an old one."""
    wrong, checked = Differences(), 0
    for page, answers in evidence.answered.items():
        records = breakdowns_of(evidence, page)
        for answer in answers:
            breakdown = read_breakdown(answer)
            if breakdown is None:
                checked += 1
                wrong.add(f"{page}: broadcaster's answer is not a breakdown but '{answer[:80]}'")
            elif records and breakdown["end"] >= records[0]["end"]:  # older ones were not read back
                checked += 1
                if breakdown not in records:
                    wrong.add(f"{name_of(page, breakdown)}: broadcaster's answer is not on heatmap-detail")
        old = [breakdown for breakdown in records if breakdown["end"] < evidence.settled_ms]
        last = read_breakdown(answers[-1]) if answers else None
        if old and not answers:
            wrong.add(f"{page}: broadcaster has no breakdown")
        elif old and last and last["position"] < old[-1]["position"]:
            wrong.add(f"{name_of(page, last)}: the last answer, older than {name_of(page, old[-1])}")
    return Claim("broadcaster answers with the newest breakdown on heatmap-detail", checked, "answers", wrong)


BREAKDOWN_CLAIMS = (
    breakdowns_follow_the_grids,
    bands_add_up_to_the_grid,
    bands_equal_the_recount,
    elements_equal_the_recount,
    looks_equal_the_recount,
    broadcaster_answers_with_the_breakdown_on_the_topic,
)


def _element_count(breakdown: Json) -> int:
    try:
        return sum(len(band["elements"]) for band in breakdown["bands"])
    except UNREADABLE:
        return 0  # the recount reports what is wrong


def _sum_differences(breakdown: Json, grid: Json) -> Iterator[str]:
    """Differences between the sum of a breakdown's bands and the grid."""
    try:
        bands = breakdown["bands"]
        visitors = [band["visitors"] for band in bands]
        if not max(visitors, default=0) <= grid["visitors"] <= sum(visitors):
            yield f"visitors {' + '.join(map(str, visitors))}, in the grid {grid['visitors']}"
        if breakdown["page"] != grid["page"]:
            yield f"page is {breakdown['page']}, in the grid {grid['page']}"
        size = breakdown["grid-size"]
        rows_px = [record["fine"]["row"] for record in (*bands, grid)]
        most_px = max(rows_px)
        *in_bands, in_grid = (
            coarser(read_fine(record["fine"], size), most_px // row_px)
            for record, row_px in zip((*bands, grid), rows_px, strict=True)
        )
        together = sum(in_bands, Counter())
        for cell in sorted(together.keys() | in_grid.keys()):
            if together[cell] != in_grid[cell]:
                layer, row, column = cell
                counted = f"together {together[cell]}, in the grid {in_grid[cell]}"
                yield f"{layer} of cell ({column}, {row}): {counted}"
    except UNREADABLE as error:
        yield f"bands: {error!r}"
