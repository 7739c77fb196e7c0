"""The lean form: a state as its difference to the one before it, in varints. Pure: snapshots in, bytes out.

A varint has 7 bits a byte, the lowest first, and the eighth bit on all bytes but its last, the ninth at most;
*signed* ones are n ≥ 0 as 2n and n < 0 as −2n − 1. A message, read beside the base that it refers to
(nothing, in a key):

    1 byte            2 · kind, + 1 if its base is the message of this kind before it on this socket
    numbers           how many, then each: signed, less the base's (0 where that has none)
    names             how many have come or changed, then each: its number, its length in bytes, its UTF-8
    layers            how many, then each: how many groups, then each group of cells that changed alike:
                          by how much (signed), how many cells, and those, in order: each less the one before
                          it, less 1 (the first, as it is)

A name stays until another takes its number. A cell that nothing is said of has kept its count, 0 at first.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from pageheat.services.contract.errors import PageheatError

STATUS, DETAIL, GRID = range(3)
"""What a snapshot is of, in the order in which somebody is told who has to catch up."""

MAX_BYTES = 9
"""Of a varint: 63 bits, more than anything that is told has."""


class Snapshot(NamedTuple):
    """A state to be told. What its parts mean depends on its kind: `snapshots.py`."""

    kind: int
    numbers: Sequence[int]
    names: Mapping[int, str]
    layers: Sequence[Mapping[int, int]]
    """Cell → count, never 0."""


class WrongDelta(PageheatError):
    """The bytes are no message, or none that refers to the base at hand."""


def encode(snapshot: Snapshot, base: Snapshot | None = None) -> bytes:
    """The message for somebody who knows the base; a key, for everybody, without one."""
    kind, numbers, names, layers = snapshot
    known = base or Snapshot(kind, (), {}, ())
    out = bytearray([2 * kind + (base is not None)])
    _put(out, len(numbers))
    for i, number in enumerate(numbers):
        _put(out, _unsigned(number - (known.numbers[i] if i < len(known.numbers) else 0)))
    told = {number: name for number, name in names.items() if known.names.get(number) != name}
    _put(out, len(told))
    for number, name in told.items():
        text = name.encode()
        _put(out, number)
        _put(out, len(text))
        out += text
    _put(out, len(layers))
    for i, layer in enumerate(layers):
        _put_changes(out, _changes(layer, known.layers[i] if i < len(known.layers) else {}))
    return bytes(out)


def decode(message: bytes, base: Snapshot | None) -> Snapshot:
    """What a message says; `base` is what the one of its kind before it said, if there was one.

    Raises:
        WrongDelta: the message ends too early, has a number without end, or refers to another base.
    """
    kind, is_delta = divmod(message[0], 2) if message else (0, 1)
    if is_delta and (base is None or base.kind != kind):
        raise WrongDelta("it refers to a message that isn't there")
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
    """What somebody is told on one socket."""

    def __init__(self) -> None:
        self._last: dict[int, Snapshot] = {}

    def take(self, message: bytes) -> Snapshot:
        """What the next message says.

        Raises:
            WrongDelta: see `decode`.
        """
        base = self._last.get(message[0] // 2) if message else None
        snapshot = self._last[message[0] // 2] = decode(message, base)
        return snapshot


def _changes(layer: Mapping[int, int], known: Mapping[int, int]) -> dict[int, list[int]]:
    """Change → the cells that changed by it."""
    groups: dict[int, list[int]] = {}
    for cell, count in layer.items():
        if change := count - known.get(cell, 0):
            groups.setdefault(change, []).append(cell)
    for cell in known.keys() - layer.keys():
        groups.setdefault(-known[cell], []).append(cell)
    return groups


def _put_changes(out: bytearray, groups: Mapping[int, list[int]]) -> None:
    _put(out, len(groups))
    for change, cells in groups.items():
        _put(out, _unsigned(change))
        _put(out, len(cells))
        last = -1
        for cell in sorted(cells):
            _put(out, cell - last - 1)
            last = cell


def _put(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _unsigned(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


class _Varints:
    """A message from its second byte on."""

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
