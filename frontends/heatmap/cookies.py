"""A site's cookies at the front end's address. No I/O.

A site at https sends cookies that browsers accept at https only. The front end is mostly at http, so there
`Secure` is removed, with what needs it. A name that begins with `__Host-` or `__Secure-` itself demands
`Secure`: such a cookie gets another name in the browser, and its own again on the way to the site. It is also
sent as it is, for browsers that accept it from localhost, so that scripts find it there.
"""

import re

_BY_NAME = re.compile(rb"__(Host|Secure|Http|Host-Http)-", re.IGNORECASE)
"""Prefixes that browsers accept with `Secure` only (RFC 6265bis, 4.1.3)."""

_OURS = b"_pageheat"
"""Before the name of a cookie that may not have its own."""


def for_browser(cookie: bytes, secure: bool) -> list[bytes]:
    """The values of `Set-Cookie` that this origin sends for one of the site's.

    Args:
        cookie: the site's value.
        secure: whether the front end is at https.
    """
    pair, *attributes = cookie.split(b";")
    attributes = [one for one in attributes if _name(one) != b"domain"]
    kept = b";".join([pair, *attributes])
    if secure:
        return [kept]
    usable = [one for one in attributes if not _needs_https(one)]
    if not _BY_NAME.match(pair.strip()):
        return [b";".join([pair, *usable])]
    return [kept, b";".join([_OURS + pair.strip(), *usable])]


def for_site(cookies: bytes) -> bytes:
    """The value of `Cookie` with the site's own names. A cookie that has its own name already is newer."""
    pairs = [pair.strip() for pair in cookies.split(b";")]
    own = {pair.partition(b"=")[0] for pair in pairs}
    names = [
        (pair, pair.removeprefix(_OURS) if _BY_NAME.match(pair.removeprefix(_OURS)) else pair)
        for pair in pairs
    ]
    return b"; ".join(name for pair, name in names if pair == name or name.partition(b"=")[0] not in own)


def _name(attribute: bytes) -> bytes:
    return attribute.partition(b"=")[0].strip().lower()


def _needs_https(attribute: bytes) -> bool:
    """`Secure`, and what browsers refuse without it."""
    spelt = attribute.replace(b" ", b"").lower()
    return _name(attribute) in (b"secure", b"partitioned") or spelt == b"samesite=none"
