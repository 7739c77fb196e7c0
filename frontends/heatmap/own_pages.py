"""Headers of the front end's own pages: what a page may load, and who may frame it. No I/O.

Paths and selectors are untrusted. They are always set as text; should one become markup anyway, the policy
keeps it from running scripts and from sending data elsewhere.
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
"""Scripts, styles and the icon are files of this origin; nothing is inline, and no text becomes markup."""


def headers(connect: str = "", shown_in: str = "'none'") -> dict[str, str]:
    """Headers of one page.

    Args:
        connect: the origin that its scripts may request, or 'self'; none by default.
        shown_in: who may show it in a frame.
    """
    allowed = _ALLOWED | ({"connect-src": connect} if connect else {}) | {"frame-ancestors": shown_in}
    return {
        "content-security-policy": "; ".join(" ".join(directive) for directive in allowed.items()),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
