"""Compares `clickstream` with `clickstream-group-by-page`: no frame lost, counted twice or altered.

A frame that `group_by` writes again after a restart is not an error: it carries its source offset, and the
aggregator counts a frame only if its source offset is above the highest seen from its source partition.
The audit applies that rule and checks that each frame is counted exactly once. Duplicates from clients must
not be counted: of the frames with one session and number in `clickstream`, only the first is.
"""

from array import array
from contextlib import suppress
from dataclasses import dataclass, field

from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM
from pageheat.verification.recount import page_key, parse

SHOWN = 5
"""Differences that are shown; all are counted."""

NOT_AUDITED, MISSING, COUNTED, DEAD_LETTER, DUPLICATE = range(5)

Source = tuple[int, int]
"""Partition and offset in `clickstream`."""


@dataclass
class Differences:
    """Differences that contradict a claim: their number and the first few."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, difference: str) -> None:
        """Add one."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(difference)


@dataclass
class _Ledger:
    """One source partition's frames: two hashes and a state for each, 17 bytes."""

    first: int
    values: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    states: bytearray = field(default_factory=bytearray)

    def index(self, offset: int) -> int | None:
        """Index of an audited frame, None for any other."""
        index = offset - self.first
        if 0 <= index < len(self.states) and self.states[index] != NOT_AUDITED:
            return index
        return None

    def append(self, offset: int, key: int, value: int, state: int) -> None:
        while self.first + len(self.states) <= offset:  # offsets without a record
            self.values.append(0)
            self.keys.append(0)
            self.states.append(NOT_AUDITED)
        self.values[-1], self.keys[-1], self.states[-1] = value, key, state


class FrameAudit:
    """Compares the records of the two clickstream topics, each partition's in order.

    Add all of `clickstream` first (`add_source`), then `clickstream-group-by-page` (`add_grouped`) and
    the dead letters (`add_dead_letter`; may repeat known ones) until `missing` is 0 or time runs out.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.missing = 0
        self.dead_frames = 0
        self.repeated = 0
        self.duplicates = 0
        self.doubled = Differences()
        self.altered = Differences()
        self._seen: set[tuple[int, str, int]] = set()  # partition, session and number of frames
        self._without_source: set[tuple[int, int]] = set()
        self._ledgers: dict[int, _Ledger] = {}
        self._highest: dict[tuple[int, int], int] = {}
        self._partition_of: dict[bytes, int] = {}

    def add_source(self, partition: int, offset: int, value: bytes | None, *, audited: bool = True) -> None:
        """Add a record of `clickstream`. One that is not audited only reveals later duplicates."""
        frame = parse(value) or {}
        is_duplicate = self._is_duplicate(partition, frame.get("session"), frame.get("seq"))
        if not audited:
            return
        key = b""
        # A frame without a page must be a dead letter, or it is missing.
        with suppress(KeyError, TypeError, AttributeError):
            key = page_key(frame["site"], frame["page"]["path"]).encode()
        ledger = self._ledgers.setdefault(partition, _Ledger(offset))
        ledger.append(offset, hash(key), hash(value), DUPLICATE if is_duplicate else MISSING)
        self.frames += 1
        if is_duplicate:
            self.duplicates += 1
        else:
            self.missing += 1

    def _is_duplicate(self, partition: int, session: object, seq: object) -> bool:
        if not isinstance(session, str) or not isinstance(seq, int):
            return False
        frame_id = partition, session, seq
        known = frame_id in self._seen
        self._seen.add(frame_id)
        return known

    def add_grouped(
        self, partition: int, offset: int, key: bytes, value: bytes | None, source: Source | None
    ) -> bool:
        """Add a record of `clickstream-group-by-page`; True if the aggregator must count it."""
        at = f"{partition}/{offset}"
        if source is None:
            self._without_source.add((partition, offset))
            return False
        first_partition = self._partition_of.setdefault(key, partition)
        if first_partition != partition:
            self.altered.add(f"{at}: page {key!r} is also in partition {first_partition}")
        source_partition, source_offset = source
        repeated = source_offset <= self._highest.get((partition, source_partition), -1)
        if not repeated:
            self._highest[partition, source_partition] = source_offset
        ledger = self._ledgers.get(source_partition)
        index = ledger.index(source_offset) if ledger else None
        if ledger is None or index is None:
            return not repeated
        name = f"clickstream {source_partition}/{source_offset}"
        if ledger.values[index] != hash(value):
            self.altered.add(f"{at}: bytes differ from {name}")
        if ledger.keys[index] != hash(key):
            self.altered.add(f"{at}: key {key!r} is not the page of {name}")
        if repeated:
            self.repeated += 1
        elif ledger.states[index] == MISSING:
            ledger.states[index] = COUNTED
            self.missing -= 1
        elif ledger.states[index] == DUPLICATE:
            self.doubled.add(f"{name}, a duplicate from its client, at {at}")
        else:
            self.doubled.add(f"{name} again at {at}")
        return not repeated

    def add_dead_letter(self, topic: str, partition: int, offset: int) -> None:
        """Add a dead letter, named by its original record."""
        if topic == BY_PAGE and (partition, offset) in self._without_source:
            self._without_source.remove((partition, offset))
            self.dead_frames += 1
        ledger = self._ledgers.get(partition) if topic == CLICKSTREAM else None
        index = ledger.index(offset) if ledger else None
        if ledger is None or index is None:
            return
        if ledger.states[index] == MISSING:
            ledger.states[index] = DEAD_LETTER
            self.missing -= 1
            self.dead_frames += 1
        elif ledger.states[index] == COUNTED:
            self.doubled.add(f"clickstream {partition}/{offset} is also a dead letter")

    def uncounted(self) -> Differences:
        """Frames that are lost, counted twice, or have neither a known source nor a dead letter."""
        found = Differences(self.doubled.count, [f"counted twice: {d}" for d in self.doubled.first])
        for partition, offset in self._without_source:
            found.add(f"{BY_PAGE} {partition}/{offset} has no source in clickstream")
        for partition, ledger in sorted(self._ledgers.items()):
            for offset, state in enumerate(ledger.states, ledger.first):
                if state == MISSING:
                    found.add(f"lost: clickstream {partition}/{offset}")
        return found
