"""What is claimed of `heatmap-detail`: width bands and elements, judged from the evidence alone. Pure."""

from collections.abc import Iterator

import numpy as np

from pageheat.verification.audit import Differences
from pageheat.verification.breakdown_recount import UNREADABLE, band_differences, element_differences
from pageheat.verification.evidence import (
    Claim,
    Evidence,
    all_details,
    details_of,
    grids_of,
    is_empty,
    name_of,
    read_detail,
)
from pageheat.verification.recount import Json, read_cells


def details_follow_the_grids(evidence: Evidence) -> Claim:
    """When a page's grid has changed, its detail is written soon after."""
    wrong, checked = Differences(), 0
    for page in evidence.grids:
        grids = [grid for grid in grids_of(evidence, page) if grid["end"] <= evidence.settled_ms]
        # Of a page that cools the detail may go with its grid, without an empty one before.
        if not grids or is_empty(grids[-1]):
            continue
        checked += 1
        details = details_of(evidence, page)
        newest = details[-1]["end"] if details else None
        if newest is None or newest < grids[-1]["end"]:
            wrong.add(f"{name_of(page, grids[-1])}: the newest detail is of {newest}")
    text = f"details follow the grids within {evidence.fresh_ms / 1000:g} s"
    return Claim(text, checked, "pages", wrong)


def bands_add_up_to_the_grid(evidence: Evidence) -> Claim:
    """A page's width bands together are its grid at that time: the newest one not after the detail."""
    wrong, checked = Differences(), 0
    for page in evidence.details:
        grids = sorted(grids_of(evidence, page), key=lambda grid: int(grid["end"]))
        for detail in details_of(evidence, page):
            before = [grid for grid in grids if grid["end"] <= detail["end"]]
            if not before or before[-1]["position"] > detail["position"]:
                continue  # … of an aggregator that was started again
            if before[-1] is grids[-1] and before[-1]["end"] < detail["end"] > evidence.settled_ms:
                continue  # … whose grid may not have been read
            checked += 1
            for difference in _sum_differences(detail, before[-1]):
                wrong.add(f"{name_of(page, detail)}: {difference}")
    return Claim("each page's width bands add up to its grid", checked, "details", wrong)


def bands_equal_the_recount(evidence: Evidence) -> Claim:
    """Each band says what brute force counts."""
    wrong, checked, bands = Differences(), 0, 0
    for page, detail in all_details(evidence):
        checked += 1
        bands += len(detail["bands"])
        for difference in band_differences(detail, evidence.log_of(page, detail), evidence.bands):
            wrong.add(f"{name_of(page, detail)}: {difference}")
    text = "each width band equals a recount: visitors, and moves and clicks tile by tile"
    return Claim(text, checked, f"details, {bands:,} bands", wrong)


def elements_equal_the_recount(evidence: Evidence) -> Claim:
    """Each element says what brute force counts."""
    wrong, checked, elements = Differences(), 0, 0
    for page, detail in all_details(evidence):
        checked += 1
        elements += _element_count(detail)
        for difference in element_differences(detail, evidence.log_of(page, detail), evidence.bands):
            wrong.add(f"{name_of(page, detail)}: {difference}")
    text = "each element's clicks, rage, dead and rests equal a recount, spot by spot"
    return Claim(text, checked, f"details, {elements:,} elements", wrong)


def broadcaster_answers_with_the_detail_on_the_topic(evidence: Evidence) -> Claim:
    """Asked for a page's detail, broadcaster answers with a record of the topic, and not an old one."""
    wrong, checked = Differences(), 0
    for page, answers in evidence.answered.items():
        records = details_of(evidence, page)
        for answer in answers:
            detail = read_detail(answer)
            if detail is None:
                checked += 1
                wrong.add(f"{page}: broadcaster answered no detail but '{answer[:80]}'")
            elif records and detail["end"] >= records[0]["end"]:  # older ones were not read back
                checked += 1
                if detail not in records:
                    wrong.add(f"{name_of(page, detail)}: broadcaster answered what is not on heatmap-detail")
        old = [detail for detail in records if detail["end"] < evidence.settled_ms]
        last = read_detail(answers[-1]) if answers else None
        if old and not answers:
            wrong.add(f"{page}: broadcaster has no detail")
        elif old and last and last["position"] < old[-1]["position"]:
            wrong.add(f"{name_of(page, last)}: the last one answered, before {name_of(page, old[-1])}")
    return Claim("broadcaster gives the detail on heatmap-detail, and the newest", checked, "answers", wrong)


DETAIL_CLAIMS = (
    details_follow_the_grids,
    bands_add_up_to_the_grid,
    bands_equal_the_recount,
    elements_equal_the_recount,
    broadcaster_answers_with_the_detail_on_the_topic,
)


def _element_count(detail: Json) -> int:
    try:
        return sum(len(band["elements"]) for band in detail["bands"])
    except UNREADABLE:
        return 0  # the recount says what is wrong with it


def _sum_differences(detail: Json, grid: Json) -> Iterator[str]:
    """What a detail's bands together say that the grid does not."""
    try:
        bands = detail["bands"]
        visitors = [band["visitors"] for band in bands]
        if not max(visitors, default=0) <= grid["visitors"] <= sum(visitors):
            yield f"visitors {' + '.join(map(str, visitors))}, in the grid {grid['visitors']}"
        if detail["page"] != grid["page"]:
            yield f"page is {detail['page']}, in the grid {grid['page']}"
        # A page with very many tiles has them in its grid alone; whether it is one, the recount says.
        if not any(band["value"] or band["clicks"] for band in bands):
            return
        for layer in ("value", "clicks"):
            size = detail["grid-size"]
            added = sum((read_cells(band[layer], size) for band in bands), np.zeros((size, size), np.int64))
            inside = read_cells(grid[layer], size)
            for column, row in np.argwhere(added != inside):
                yield (
                    f"{layer} of tile ({column}, {row}): together {added[column, row]}, "
                    f"in the grid {inside[column, row]}"
                )
    except UNREADABLE as error:
        yield f"bands: {error!r}"
