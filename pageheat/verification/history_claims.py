"""The history beside the topic: answers for random ranges, bands and layers of each page; and their claim."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import numpy as np

from pageheat.verification.audit import Differences
from pageheat.verification.breakdown_recount import band_numbers
from pageheat.verification.evidence import Asked, Claim, Evidence
from pageheat.verification.fine_recount import LAYERS, fine_differences, recounted_fine
from pageheat.verification.recount import Events, Json, PageLog, parse

MINUTE_MS = 60_000

MAX_CELLS = 60_000
"""Fine cells of an answer, beyond which its rows are merged."""

END = 2**63 - 1
"""Beyond all offsets: an answer counts whatever was received."""

LAYER_NAMES = ("moves", "clicks")


async def ask_history(http: httpx2.AsyncClient, evidence: Evidence) -> None:
    """Ask about each page in some minutes since `past_ms`, before sampling; nothing if no history answers.

    Of several processes, only the one that is asked stores the present: what all have stored is asked for.

    Args:
        http: a client for the history's address.
        evidence: gets the answers.
    """
    try:
        stored = await _answer(http, "pages", {"to": "now", "limit": 1})
    except httpx2.HTTPError:
        return
    stored_ms = (stored or {}).get("stored-to") or 0
    first, last = -(-evidence.past_ms // MINUTE_MS), min(evidence.began_ms, stored_ms) // MINUTE_MS
    chance = random.Random(evidence.began_ms)  # noqa: S311 - any choice will do
    for page in evidence.grids if first < last else ():
        begin, end = sorted(chance.sample(range(first, last + 1), 2))
        band = chance.choice(["", *evidence.bands.names])
        layer = chance.choice(["", *LAYER_NAMES])
        chosen: dict[str, str | int] = {"page": page, "from": begin * MINUTE_MS, "to": end * MINUTE_MS}
        if band:
            chosen["band"] = band
        try:
            attention = await _answer(http, "attention", chosen)
            if layer:
                chosen["layer"] = layer
            heat = await _answer(http, "grid", chosen)
        except httpx2.HTTPError:
            return
        if heat and attention:
            evidence.history.append(Asked(page, band, layer, heat, attention))


async def _answer(http: httpx2.AsyncClient, kind: str, question: dict[str, str | int]) -> Json | None:
    answer = await http.get(f"/_pageheat/history/{kind}?{urlencode(question)}")
    return parse(answer.text) if answer.status_code == httpx2.codes.OK else None


def the_history_equals_the_recount(evidence: Evidence) -> Claim:
    """Each answer of the history has exactly the events and looks of its minutes that are on the topic."""
    wrong, checked, counted = Differences(), 0, 0
    for asked in evidence.history:
        if asked.heat.get("grid-size") != evidence.grid_size:
            continue
        checked += 2
        log = evidence.past.get(asked.page) or PageLog(evidence.grid_size)
        begin_ms, end_ms = asked.heat["from"], asked.heat["to"]
        events = _of_band(evidence, asked, log.counted(begin_ms, end_ms, END))
        counted += int(np.count_nonzero(events["type"] < len(LAYERS)))
        name = f"{asked.page} {begin_ms} to {end_ms}, {asked.band or 'all bands'}"
        looks = _of_band(evidence, asked, log.seen(begin_ms, end_ms, END))
        for difference in (*_of_heat(evidence, asked, events), *_of_attention(asked.attention, looks)):
            wrong.add(f"{name}: {difference}")
    what = f"answers, {counted:,} counts"
    return Claim("each answer of the history equals a recount of the topic, row by row", checked, what, wrong)


def _of_band(evidence: Evidence, asked: Asked, rows: Events) -> Events:
    if not asked.band:
        return rows
    kept: Events = rows[band_numbers(rows, evidence.bands) == evidence.bands.names.index(asked.band)]
    return kept


def _of_heat(evidence: Evidence, asked: Asked, events: Events) -> Iterator[str]:
    if asked.layer:
        events = events[events["type"] == LAYER_NAMES.index(asked.layer)]
    fine, row_px = recounted_fine(events, evidence.grid_size, MAX_CELLS)
    return fine_differences("fine", asked.heat["fine"], evidence.grid_size, fine[0], row_px)


def _of_attention(answer: Json, looks: Events) -> Iterator[str]:
    expected: Counter[int] = Counter()
    for look in looks:
        for row in range(look["first"], look["last"] + 1):
            expected[row] += int(look["ms"])
    got: list[Any] = answer["ms"]
    for row in range(max(len(got), max(expected, default=-1) + 1)):
        ms = got[row] if row < len(got) else 0
        if ms != expected[row]:
            yield f"attention of row {row}: expected {expected[row]} ms, got {ms}"
