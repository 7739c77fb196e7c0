"""The history beside the topic: an answer for each page, of random minutes and a band; and its claim."""

import random
from urllib.parse import quote

import httpx2
import numpy as np

from pageheat.verification.audit import Differences
from pageheat.verification.breakdown_recount import band_numbers
from pageheat.verification.evidence import Claim, Evidence
from pageheat.verification.fine_recount import fine_differences, recounted_fine
from pageheat.verification.recount import PageLog, parse

MINUTE_MS = 60_000

MAX_CELLS = 60_000
"""Fine cells of an answer, beyond which its rows are merged."""

END = 2**63 - 1
"""Beyond all offsets: an answer counts whatever was received."""


async def ask_history(http: httpx2.AsyncClient, evidence: Evidence) -> None:
    """Ask for each page's heat in some minutes of the window before sampling; nothing if no history answers.

    Args:
        http: a client for the history's address.
        evidence: gets the answers.
    """
    first, last = -(-(evidence.began_ms - evidence.window_ms) // MINUTE_MS), evidence.began_ms // MINUTE_MS
    chance = random.Random(evidence.began_ms)  # noqa: S311 - any choice will do
    for page in evidence.grids if first < last else ():
        minutes = sorted(chance.sample(range(first, last + 1), 2))
        begin_ms, end_ms = (minute * MINUTE_MS for minute in minutes)
        band = chance.choice(["", *evidence.bands.names])
        address = f"/_pageheat/history/grid/?page={quote(page, safe='/')}"
        chosen = f"&from={begin_ms}&to={end_ms}" + (f"&band={band}" if band else "")
        try:
            await http.get(f"{address}&to=now&from={end_ms}")  # stores what was read until now
            answer = await http.get(address + chosen)
        except httpx2.HTTPError:
            return
        if answer.status_code == httpx2.codes.OK and (found := parse(answer.text)):
            evidence.history.append((page, band, found))


def the_history_equals_the_recount(evidence: Evidence) -> Claim:
    """Each answer of the history has exactly the events of its minutes that are on the topic."""
    wrong, checked, counted = Differences(), 0, 0
    for page, band, answer in evidence.history:
        if answer.get("grid-size") != evidence.grid_size:
            continue
        checked += 1
        begin_ms, end_ms = answer["from"], answer["to"]
        logs = [log for (_, of), log in evidence.logs.items() if of == page]
        log = logs[0] if logs else PageLog(evidence.grid_size)
        events = log.counted(begin_ms, end_ms, END)
        if band:
            events = events[band_numbers(events, evidence.bands) == evidence.bands.names.index(band)]
        fine, row_px = recounted_fine(events, evidence.grid_size, MAX_CELLS)
        counted += int(np.count_nonzero(events["type"] <= 1))
        for difference in fine_differences("fine", answer["fine"], evidence.grid_size, fine[0], row_px):
            wrong.add(f"{page} {begin_ms} to {end_ms}, {band or 'all bands'}: {difference}")
    what = f"answers, {counted:,} counts"
    return Claim("each answer of the history equals a recount of the topic, row by row", checked, what, wrong)
