"""Python and the overlay agree on deltas: Python encodes, Node decodes."""

import base64
import random
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.fanout import Audience
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.records import decode_summary, encode
from tests.support.grid_histories import details, grids

DECODER = Path(__file__).with_name("delta_vectors.js")
NODE = Path(sysconfig.get_path("scripts")) / "node"
LENGTH = 60


def vectors(seed: int) -> list[dict[str, Any]]:
    """A page's grids and breakdowns as sent to a viewer that misses about every third."""
    rng = random.Random(seed)
    audience, told = Audience(), []
    last: dict[int, object] = {}
    for grid, detail in zip(grids(rng, LENGTH), details(rng, LENGTH), strict=True):
        band = rng.choice([None, "phone", "unknown"])
        heat = Heat.of(decode_summary(encode(grid)), encode(grid))
        for message, record in (
            (audience.grid(heat, wants_deltas=True), {"grid": grid}),
            (audience.breakdown(PageBreakdown(encode(detail)), band), {"breakdown": detail, "band": band}),
        ):
            if rng.random() < 0.3:
                continue
            frame = message.frame(last.get(message.kind))
            last[message.kind] = message.mark
            payload = frame[{126: 4, 127: 10}.get(frame[1], 2) :]
            told.append({"message": base64.b64encode(payload).decode(), **record})
    return told


@pytest.mark.parametrize("seed", range(4))
def test_the_overlay_decodes_the_same_grids_and_breakdowns_even_if_it_missed_some(seed: int) -> None:
    told = vectors(seed)
    kinds = {base64.b64decode(each["message"])[0] for each in told}
    assert kinds == {2, 3, 4, 5}, "keyframes and deltas of both"
    run = subprocess.run([NODE, DECODER], input=msgspec.json.encode(told), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert int(run.stdout) == len(told) > LENGTH
