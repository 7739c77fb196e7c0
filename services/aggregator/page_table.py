"""The warm pages of a partition, by key and by the number that stands for each in packed numbers."""

from collections.abc import Iterator

from pageheat.services.aggregator.elements import PageElements
from pageheat.services.aggregator.page import PageCounts

MAX_PAGES = 30_000
"""Warm pages a partition: 25 MB if each is seen once, twice that with a click on each, in all twelve 600 MB.
Events of further pages are refused, counted."""


class PageTable:
    """Pages; the number of one that was forgotten is given to another."""

    def __init__(self) -> None:
        self._by_key: dict[str, PageCounts] = {}
        self._by_id: list[PageCounts | None] = []
        self._free_ids: list[int] = []

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[PageCounts]:
        """All of them; any may be forgotten meanwhile."""
        return iter([*self._by_key.values()])

    def get(self, key: str) -> PageCounts | None:
        """The page of that key, if it is warm."""
        return self._by_key.get(key)

    def have(self, key: str) -> PageCounts | None:
        """The page of that key, made if need be; None when there are MAX_PAGES others."""
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

    def numbered(self, id_: int) -> PageCounts:
        """The page of that number."""
        page = self._by_id[id_]
        assert page is not None, "a page is forgotten only when no pane holds it"  # noqa: S101
        return page

    def elements(self, id_: int) -> PageElements:
        """The elements of the page of that number."""
        elements = self.numbered(id_).elements
        assert elements is not None, "a place was numbered by its page's elements"  # noqa: S101
        return elements

    def forget(self, page: PageCounts) -> None:
        """Nothing of it is left."""
        del self._by_key[page.key]
        self._by_id[page.id] = None
        self._free_ids.append(page.id)
