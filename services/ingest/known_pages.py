"""A cache of each page's newest size, for clicks that are sent without it. Pure."""

from collections import OrderedDict

from pageheat.services.contract.records import Frame, Page

MAX_PAGES = 10_000
"""Pages in the cache, 5 MB; beyond that the least recently used is discarded."""


class KnownPages:
    """Document size and first element's corner, as last seen, by site and path."""

    def __init__(self, limit: int = MAX_PAGES) -> None:
        self._limit = limit
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, site: str, path: str) -> Page | None:
        """The cached page, without a viewport; None if unknown."""
        key = site, path
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def learn(self, frame: Frame) -> None:
        """Cache a frame's page if it has a size; the tutorial's frames have no corner."""
        page = frame.page
        if page.document is None or frame.origin == "first":
            return
        key = frame.site, page.path
        known = self._pages.get(key)
        corner = known.first if known and frame.seq is None else page.first
        if known is None or known.document != page.document or known.first != corner:
            self._pages[key] = Page(page.path, page.document, first=corner)
        self._pages.move_to_end(key)
        if len(self._pages) > self._limit:
            self._pages.popitem(last=False)
