"""The newest known size of each page, for who clicks without telling it. Pure."""

from collections import OrderedDict

from pageheat.services.contract.records import Frame, Page

MAX_PAGES = 10_000
"""Pages remembered, 5 MB: of more, those forgotten are those that nobody has used for longest."""


class KnownPages:
    """Size of the document and corner of the first element by site and path, as last seen."""

    def __init__(self, limit: int = MAX_PAGES) -> None:
        self._limit = limit
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, site: str, path: str) -> Page | None:
        """What is known of a page, without anybody's viewport."""
        key = site, path
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def learn(self, frame: Frame) -> None:
        """Remember the page of a frame that says its size; the tutorial's frames don't say the corner."""
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
