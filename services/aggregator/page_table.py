"""The warm pages of a partition, by key and by id: the number that a pane's packed entries contain."""

from collections.abc import Iterator

from pageheat.services.aggregator.elements import PageElements
from pageheat.services.aggregator.page import PageCounts

MAX_PAGES = 30_000
"""Limit of warm pages per partition: 25 MB with one event each, twice that with a click each, 600 MB in all
twelve partitions. Events of further pages are dropped and counted."""


class PageTable:
    """Pages by key and id; the id of a removed page is reused."""

    def __init__(self) -> None:
        self._by_key: dict[str, PageCounts] = {}
        self._by_id: list[PageCounts | None] = []
        self._free_ids: list[int] = []

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[PageCounts]:
        """All pages; any may be removed during the iteration."""
        return iter([*self._by_key.values()])

    def get(self, key: str) -> PageCounts | None:
        """The page with that key, or None if it is not warm."""
        return self._by_key.get(key)

    def get_or_create(self, key: str) -> PageCounts | None:
        """The page with that key, created if it is new; None if there are MAX_PAGES others."""
        page = self._by_key.get(key)
        if page is None and len(self._by_key) < MAX_PAGES:
            if self._free_ids:
                page = PageCounts(self._free_ids.pop(), key)
                self._by_id[page.id] = page
            else:
                page = PageCounts(len(self._by_id), key)
                self._by_id.append(page)
            self._by_key[key] = page
        return page

    def by_id(self, id_: int) -> PageCounts:
        """The page with that id."""
        page = self._by_id[id_]
        assert page is not None, "a page is removed only when no pane contains it"  # noqa: S101
        return page

    def elements(self, id_: int) -> PageElements:
        """The elements of the page with that id."""
        elements = self.by_id(id_).elements
        assert elements is not None, "a place is numbered by its page's elements"  # noqa: S101
        return elements

    def renew(self, page: PageCounts) -> PageCounts:
        """Replace a page of which no pane contains an event any more by an empty one with its key and id."""
        fresh = self._by_key[page.key] = self._by_id[page.id] = PageCounts(page.id, page.key)
        return fresh

    def remove(self, page: PageCounts) -> None:
        """Remove a page of which no pane contains an event."""
        del self._by_key[page.key]
        self._by_id[page.id] = None
        self._free_ids.append(page.id)
