"""Every frame of `clickstream` against `clickstream-group-by-page`: none lost, doubled or altered.

A frame that `group_by` sends again after a restart is not wrong: it carries its source offset, and who
counts takes a frame only if its source offset is above the highest seen from its source partition.
The audit applies that rule, and asks that by it each frame is counted exactly once. A frame that its client
sent again is to be counted never: of those with the same session and number in `clickstream` the first is.
"""

from array import array
from contextlib import suppress
from dataclasses import dataclass, field

from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM
from pageheat.verification.recount import page_key, parse

SHOWN = 5
"""Differences that are told; the rest are counted."""

NOT_AUDITED, MISSING, COUNTED, DEAD, RESENT = range(5)

Source = tuple[int, int]
"""Partition and offset in `clickstream`."""


@dataclass
class Differences:
    """What speaks against a claim: how often, and the first few."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, difference: str) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(difference)


@dataclass
class _Ledger:
    """What is known of one source partition's frames: two hashes and a state each, 17 bytes."""

    first: int
    values: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    states: bytearray = field(default_factory=bytearray)

    def place(self, offset: int) -> int | None:
        """Index of an audited frame, None for any other."""
        place = offset - self.first
        if 0 <= place < len(self.states) and self.states[place] != NOT_AUDITED:
            return place
        return None

    def append(self, offset: int, key: int, value: int, state: int) -> None:
        while self.first + len(self.states) <= offset:  # offsets that hold no record of ours
            self.values.append(0)
            self.keys.append(0)
            self.states.append(NOT_AUDITED)
        self.values[-1], self.keys[-1], self.states[-1] = value, key, state


class FrameAudit:
    """Takes the records of the two clickstream topics, each partition's in order, and says what differs.

    First all of `clickstream` (`taken`), then `clickstream-group-by-page` (`grouped`) and the dead
    letters (`dead`, known ones may be told again) until `missing` is 0 or patience ends.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.missing = 0
        self.dead_frames = 0
        self.repeated = 0
        self.resent = 0
        self.doubled = Differences()
        self.altered = Differences()
        self._sent: set[tuple[int, str, int]] = set()  # partition, session and number of frames
        self._strays: set[tuple[int, int]] = set()
        self._ledgers: dict[int, _Ledger] = {}
        self._highest: dict[tuple[int, int], int] = {}
        self._partition_of: dict[bytes, int] = {}

    def taken(self, partition: int, offset: int, value: bytes | None, *, audited: bool = True) -> None:
        """A record of `clickstream`; one that is not audited only says what came before."""
        frame = parse(value) or {}
        is_duplicate = self._is_duplicate(partition, frame.get("session"), frame.get("seq"))
        if not audited:
            return
        key = b""
        # What has no page is a dead letter, or will be missing.
        with suppress(KeyError, TypeError, AttributeError):
            key = page_key(frame["site"], frame["page"]["path"]).encode()
        ledger = self._ledgers.setdefault(partition, _Ledger(offset))
        ledger.append(offset, hash(key), hash(value), RESENT if is_duplicate else MISSING)
        self.frames += 1
        if is_duplicate:
            self.resent += 1
        else:
            self.missing += 1

    def _is_duplicate(self, partition: int, session: object, seq: object) -> bool:
        if not isinstance(session, str) or not isinstance(seq, int):
            return False
        sent = partition, session, seq
        known = sent in self._sent
        self._sent.add(sent)
        return known

    def grouped(
        self, partition: int, offset: int, key: bytes, value: bytes | None, source: Source | None
    ) -> bool:
        """A record of `clickstream-group-by-page`; True if it is to be counted."""
        at = f"{partition}/{offset}"
        if source is None:
            self._strays.add((partition, offset))
            return False
        home = self._partition_of.setdefault(key, partition)
        if home != partition:
            self.altered.add(f"{at}: page {key!r} is also in partition {home}")
        source_partition, source_offset = source
        repeated = source_offset <= self._highest.get((partition, source_partition), -1)
        if not repeated:
            self._highest[partition, source_partition] = source_offset
        ledger = self._ledgers.get(source_partition)
        place = ledger.place(source_offset) if ledger else None
        if ledger is None or place is None:
            return not repeated
        name = f"clickstream {source_partition}/{source_offset}"
        if ledger.values[place] != hash(value):
            self.altered.add(f"{at}: other bytes than {name}")
        if ledger.keys[place] != hash(key):
            self.altered.add(f"{at}: key {key!r} is not the page of {name}")
        if repeated:
            self.repeated += 1
        elif ledger.states[place] == MISSING:
            ledger.states[place] = COUNTED
            self.missing -= 1
        elif ledger.states[place] == RESENT:
            self.doubled.add(f"{name}, which its client had sent before, at {at}")
        else:
            self.doubled.add(f"{name} again at {at}")
        return not repeated

    def dead(self, topic: str, partition: int, offset: int) -> None:
        """A dead letter, by the record that it was."""
        if topic == BY_PAGE and (partition, offset) in self._strays:
            self._strays.remove((partition, offset))
            self.dead_frames += 1
        ledger = self._ledgers.get(partition) if topic == CLICKSTREAM else None
        place = ledger.place(offset) if ledger else None
        if ledger is None or place is None:
            return
        if ledger.states[place] == MISSING:
            ledger.states[place] = DEAD
            self.missing -= 1
            self.dead_frames += 1
        elif ledger.states[place] == COUNTED:
            self.doubled.add(f"clickstream {partition}/{offset} is a dead letter as well")

    def uncounted(self) -> Differences:
        """Frames that are lost, counted twice, or of no known origin and no dead letters."""
        found = Differences(self.doubled.count, [f"counted twice: {d}" for d in self.doubled.first])
        for partition, offset in self._strays:
            found.add(f"{BY_PAGE} {partition}/{offset} names no frame of clickstream as its source")
        for partition, ledger in sorted(self._ledgers.items()):
            for place, state in enumerate(ledger.states):
                if state == MISSING:
                    found.add(f"lost: clickstream {partition}/{ledger.first + place}")
        return found
