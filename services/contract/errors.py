"""The base class of Pageheat's exceptions: errors that the user can fix."""


class PageheatError(Exception):
    """The message says what was found, what is allowed and what to do; it is shown without a traceback."""
