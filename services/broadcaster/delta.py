"""Deltas: a state as its difference to the one before it, in varints. Pure: snapshots in, bytes out.

A varint has 7 bits a byte, the lowest first, and at most nine bytes; the eighth bit is set on all but the
last. *Signed* varints encode n ≥ 0 as 2n and n < 0 as −2n − 1. A message refers to a base (empty for a
keyframe):

    1 byte            2 · kind, + 1 if its base is the previous message of this kind on this socket
    numbers           how many, then each: signed, minus the base's number (0 where it has none)
    names             how many are new or changed, then each: its number, its length in bytes, its UTF-8
    layers            how many, then each: how many groups, then each group of cells with the same change:
                          the change (signed), how many cells, and the cells in order: each minus the one
                          before it, minus 1 (the first unchanged)

A name stays until another takes its number. A cell that is not mentioned keeps its count, initially 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.varints import put

STATUS, BREAKDOWN, GRID = range(3)
"""Kinds of snapshots, in the order in which a viewer catches up."""

MAX_BYTES = 9
"""Of a varint: 63 bits, more than any number here needs."""


class Snapshot(NamedTuple):
    """A state to send. The meaning of its parts depends on its kind: see `snapshots.py`."""

    kind: int
    numbers: Sequence[int]
    names: Mapping[int, str]
    layers: Sequence[Mapping[int, int]]
    """Cell → count, never 0."""


class WrongDelta(PageheatError):
    """The bytes are not a message, or refer to another base."""


def encode(snapshot: Snapshot, base: Snapshot | None = None) -> bytes:
    """The delta for viewers that have the base; without a base, the keyframe for all."""
    kind, numbers, names, layers = snapshot
    known = base or Snapshot(kind, (), {}, ())
    out = bytearray([2 * kind + (base is not None)])
    put(out, len(numbers))
    for i, number in enumerate(numbers):
        put(out, _unsigned(number - (known.numbers[i] if i < len(known.numbers) else 0)))
    changed = {number: name for number, name in names.items() if known.names.get(number) != name}
    put(out, len(changed))
    for number, name in changed.items():
        text = name.encode()
        put(out, number)
        put(out, len(text))
        out += text
    put(out, len(layers))
    for i, layer in enumerate(layers):
        _put_changes(out, _changes(layer, known.layers[i] if i < len(known.layers) else {}))
    return bytes(out)


def decode(message: bytes, base: Snapshot | None) -> Snapshot:
    """The snapshot in a message; `base` is the previous snapshot of its kind, if any.

    Raises:
        WrongDelta: the message ends too early, has an endless number, or refers to another base.
    """
    kind, is_delta = divmod(message[0], 2) if message else (0, 1)
    if is_delta and (base is None or base.kind != kind):
        raise WrongDelta("the message that it refers to is missing")
    known = base if base and is_delta else Snapshot(kind, (), {}, ())
    reader = _Varints(message[1:])
    numbers = [reader.signed() for _ in range(reader.next())]
    for i, number in enumerate(known.numbers[: len(numbers)]):
        numbers[i] += number
    names = dict(known.names)
    for _ in range(reader.next()):
        number = reader.next()
        names[number] = reader.text(reader.next())
    layers = []
    for i in range(reader.next()):
        layer = dict(known.layers[i]) if i < len(known.layers) else {}
        for _ in range(reader.next()):
            change, cell = reader.signed(), -1
            for _ in range(reader.next()):
                cell += reader.next() + 1
                layer[cell] = layer.get(cell, 0) + change
                if not layer[cell]:
                    del layer[cell]
        layers.append(layer)
    return Snapshot(kind, numbers, names, layers)


class Reader:
    """Decodes the messages of one socket."""

    def __init__(self) -> None:
        self._last: dict[int, Snapshot] = {}

    def take(self, message: bytes) -> Snapshot:
        """The snapshot in the next message.

        Raises:
            WrongDelta: see `decode`.
        """
        base = self._last.get(message[0] // 2) if message else None
        snapshot = self._last[message[0] // 2] = decode(message, base)
        return snapshot


def _changes(layer: Mapping[int, int], known: Mapping[int, int]) -> dict[int, list[int]]:
    """Change → the cells with that change."""
    groups: dict[int, list[int]] = {}
    for cell, count in layer.items():
        if change := count - known.get(cell, 0):
            groups.setdefault(change, []).append(cell)
    for cell in known.keys() - layer.keys():
        groups.setdefault(-known[cell], []).append(cell)
    return groups


def _put_changes(out: bytearray, groups: Mapping[int, list[int]]) -> None:
    put(out, len(groups))
    for change, cells in groups.items():
        put(out, _unsigned(change))
        put(out, len(cells))
        last = -1
        for cell in sorted(cells):
            put(out, cell - last - 1)
            last = cell


def _unsigned(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


class _Varints:
    """Reads a message from its second byte on."""

    def __init__(self, message: Iterable[int]) -> None:
        self._bytes = iter(message)

    def next(self) -> int:
        number = 0
        for i, byte in enumerate(islice(self._bytes, MAX_BYTES)):
            number |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                return number
        raise WrongDelta("it ends too early, or a number does not")

    def signed(self) -> int:
        number = self.next()
        return -(number + 1) // 2 if number % 2 else number // 2

    def text(self, length: int) -> str:
        text = bytes(islice(self._bytes, length))
        if len(text) < length:
            raise WrongDelta("it ends too early")
        return text.decode("utf-8", "replace")
