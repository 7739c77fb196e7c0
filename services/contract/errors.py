"""The root of Pageheat's exceptions: whatever stops a process for a reason that its user can mend."""


class PageheatError(Exception):
    """Says what was found, what is allowed, and what to do; shown without a traceback."""
