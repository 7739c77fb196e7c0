"""What is kept of warm pages: a value each, found by page and by partition, within a bound of bytes. Pure."""

from collections.abc import ItemsView
from typing import Generic, TypeVar

from prometheus_client import Counter

MAX_KEPT_BYTES = 128_000_000
"""Of grids, and as much again of details: 80,000 pages of 600 bytes, or 128 that are hot to the last of
200 × 200 tiles. Those of further pages are not kept, counted."""

PAGE_BYTES = 1_000
"""What a page takes beside its grid or detail: keys and numbers."""

unkept = Counter("pageheat_broadcaster_records_unkept", "Grids and details beyond MAX_KEPT_BYTES")

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by page."""

    def __init__(self) -> None:
        self.bytes = 0
        self._values: dict[str, T] = {}
        self._places: dict[str, tuple[int, int]] = {}  # page → partition, bytes
        self._pages: dict[int, set[str]] = {}  # partition → pages

    def __len__(self) -> int:
        return len(self._values)

    def get(self, page: str) -> T | None:
        """A page's value."""
        return self._values.get(page)

    def items(self) -> ItemsView[str, T]:
        """All pages with their values."""
        return self._values.items()

    def of(self, partition: int) -> list[tuple[str, T]]:
        """The pages of a partition with their values."""
        return [(page, self._values[page]) for page in self._pages.get(partition, ())]

    def put(self, page: str, partition: int, size: int, value: T) -> bool:
        """Keep a page's value of that many bytes in place of its last; False when there is no room."""
        self.forget(page)
        size += PAGE_BYTES
        if self.bytes + size > MAX_KEPT_BYTES:
            unkept.inc()
            return False
        self.bytes += size
        self._values[page] = value
        self._places[page] = partition, size
        self._pages.setdefault(partition, set()).add(page)
        return True

    def forget(self, page: str) -> None:
        """Keep nothing of a page."""
        if page in self._values:
            del self._values[page]
            partition, size = self._places.pop(page)
            self._pages[partition].remove(page)
            self.bytes -= size
