"""Headers of the front end's own pages: what such a page may load, and who may show it. No I/O.

Paths and selectors come from strangers. They are text everywhere; should one become markup all the same, it
finds no script that it may run, and nobody whom it may tell.
"""

_ALLOWED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
"""Scripts, styles and the icon are files of this origin; nothing is inline, no text made markup."""


def headers(connect: str = "", shown_in: str = "'none'") -> dict[str, str]:
    """Headers of one page.

    Args:
        connect: the origin that its scripts ask, or 'self'; none unless given.
        shown_in: in whose frames it may be shown.
    """
    allowed = _ALLOWED | ({"connect-src": connect} if connect else {}) | {"frame-ancestors": shown_in}
    return {
        "content-security-policy": "; ".join(" ".join(directive) for directive in allowed.items()),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
