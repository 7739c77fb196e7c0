"""Blocks in ClickHouse's format Native: columns of numbers as they are in memory. Pure.

A block is the number of columns and of rows, then of each column its name, its type, and its values. A column
of arrays has the end of each array, and then the values of all.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pageheat.services.contract.varints import put

_DTYPES = {
    "UInt8": "<u1",
    "UInt16": "<u2",
    "UInt32": "<u4",
    "UInt64": "<u8",
    "Int32": "<i4",
    "Int64": "<i8",
    "DateTime": "<u4",
    "DateTime64(3)": "<i8",
}


class Native(bytes):
    """A block, and the names of its columns."""

    names: tuple[str, ...] = ()


class Block:
    """A block that is filled column by column."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._names: list[str] = []
        self._columns: list[bytes] = []

    def numbers(self, name: str, type_: str, values: ArrayLike) -> None:
        """A column of numbers; `type_` is one of `_DTYPES`."""
        self._add(name, type_, _numbers(type_, values))

    def texts(self, name: str, values: Iterable[str]) -> None:
        """A column of texts."""
        self._add(name, "String", _texts(values))

    def binaries(self, name: str, values: Iterable[bytes]) -> None:
        """A column of texts that are any bytes."""
        self._add(name, "String", _strings(values))

    def arrays(self, name: str, type_: str, ends: ArrayLike, values: ArrayLike) -> None:
        """A column of arrays of numbers; `ends` is where each array ends in `values`."""
        self._add(name, f"Array({type_})", _numbers("UInt64", ends) + _numbers(type_, values))

    def lists(self, name: str, type_: str, values: Sequence[Sequence[int]]) -> None:
        """A column of arrays, given one by one."""
        ends = np.cumsum([len(each) for each in values], dtype=np.int64)
        self.arrays(name, type_, ends, [number for each in values for number in each])

    @property
    def data(self) -> Native:
        """The block."""
        head = bytearray()
        put(head, len(self._columns))
        put(head, self.rows)
        block = Native(b"".join([bytes(head), *self._columns]))
        block.names = tuple(self._names)
        return block

    def _add(self, name: str, type_: str, values: bytes) -> None:
        self._names.append(name)
        self._columns.append(_texts([name, type_]) + values)


def _numbers(type_: str, values: ArrayLike) -> bytes:
    return np.asarray(values).astype(_DTYPES[type_]).tobytes()


def _texts(values: Iterable[str]) -> bytes:
    return _strings(value.encode("utf-8", "replace") for value in values)


def _strings(values: Iterable[bytes]) -> bytes:
    data = bytearray()
    for value in values:
        put(data, len(value))
        data += value
    return bytes(data)
