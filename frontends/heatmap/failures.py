"""Why a site does not answer, and what helps, in words. No I/O.

The libraries' errors say little by themselves ("All connection attempts failed"): the cause is in what they
were raised from.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore2
import httpx2

from pageheat.frontends.heatmap.connection import SpeaksTls
from pageheat.frontends.heatmap.sites import ShownSite

HOST_OF_CONTAINERS = "host.docker.internal"
"""The machine's name in its containers; docker-compose.yml sets it on Linux, too."""

NO_TLS = re.compile(
    "WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH|RECORD_LAYER|UNEXPECTED_(MESSAGE|EOF)|UNKNOWN_PROTOCOL"
)
"""OpenSSL's reasons where the other side does not speak TLS; UNEXPECTED_EOF where it hangs up on it."""

EXPIRED, NOT_YET_VALID, WRONG_NAME, WRONG_ADDRESS = 10, 9, 62, 64
SELF_SIGNED = (18, 19)
"""X509_V_ERR_… of OpenSSL's x509_vfy.h. All others: nobody whom this machine trusts has signed it."""


@dataclass(frozen=True)
class Failure:
    """Why a site does not answer.

    Args:
        reason: one sentence.
        help: what to do, one sentence each; names in backticks are settings, commands or addresses.
        status: of our answer.
    """

    reason: str
    help: tuple[str, ...]
    status: int = 502


class RedirectsForever(httpx2.HTTPError):
    """The site redirects a page to the same page under another of its names, so it is asked for again."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"redirects to {origin}")
        self.origin = origin


def failure(error: Exception, site: ShownSite, in_container: bool) -> Failure:
    """The failure behind a library's error, for a site that was to be fetched."""
    causes = list(_causes(error))
    for cause in causes:
        found = _known(cause, site, in_container)
        if found:
            return found
    if isinstance(error, httpx2.DecodingError):
        return Failure(
            f"The page cannot be decoded: {_detail(error)}.",
            ("It is not in the encoding that its `Content-Encoding` names, so browsers show an error, too.",),
        )
    if isinstance(error, httpx2.RemoteProtocolError):
        return Failure(
            f"What answers at `{_place(site)}` cannot be read as HTTP: {_detail(error)}.",
            (f"Does another program listen there? Look at it: `curl -i {site.fetch_url}/`.",),
        )
    return Failure(f"`{_place(site)}` failed: {_detail(causes[-1])}.", (_LOOK.format(url=site.fetch_url),))


def in_a_line(site: ShownSite, failure: Failure) -> str:
    """The failure for a log or a terminal, with the first thing that helps."""
    return f"{site.url} does not answer: {failure.reason} {failure.help[0]}"


_LOOK = "Open `{url}` itself, on the machine where the heat map runs."
_SETTINGS = (
    "Is it the right address? {setting} sets it, in `.env`; restart the heat-map front end after a change."
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it was raised from, innermost last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            # one error for each address of a name: the first that says more than "refused"
            inner = sorted(error.exceptions, key=lambda one: isinstance(one, ConnectionRefusedError))
            yield from _causes(inner[0])
        error = error.__cause__ or error.__context__


def _known(cause: BaseException, site: ShownSite, in_container: bool) -> Failure | None:
    match cause:
        case RedirectsForever():
            return _redirects(cause.origin, site)
        case SpeaksTls():
            return _tls_at_http(site)
        case ssl.SSLCertVerificationError():
            return _certificate(cause, site)
        case ssl.SSLError():
            return _tls(cause, site)
        case socket.gaierror():
            return _unknown_host(cause, site, in_container)
        case ConnectionRefusedError():
            return _refused(site, in_container)
        case httpcore2.ConnectTimeout() | httpx2.ConnectTimeout():
            return _silent_host(site, in_container)
        case httpcore2.PoolTimeout() | httpx2.PoolTimeout():
            return Failure(
                f"All connections to `{_place(site)}` are busy.",
                ("Close pages of the site that are open here: each event stream holds a connection.",),
                503,
            )
        case httpcore2.TimeoutException() | httpx2.TimeoutException() | TimeoutError():
            return Failure(
                f"`{_place(site)}` accepted the connection, but did not answer in time.",
                ("Is the site busy, or standing at a breakpoint? " + _LOOK.format(url=site.fetch_url),),
                504,
            )
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.EADDRNOTAVAIL):
            return Failure(
                f"There is no way from here to `{_place(site)}`: {cause.strerror}.",
                ("Is this machine on the network, or the VPN, that the site needs?", _settings(site)),
            )
        case ConnectionResetError() | BrokenPipeError() | EOFError():
            return _hung_up(site)
        case httpcore2.RemoteProtocolError() if "without sending a response" in str(cause):
            return _hung_up(site)
    return None


def _refused(site: ShownSite, in_container: bool) -> Failure:
    help = ["Is the site running? " + _LOOK.format(url=site.fetch_url)]
    if in_container:
        if _is_loopback(site):
            help = [_container(site)]
        help.append(
            "A site on the machine itself must listen on `0.0.0.0`: containers do not reach its `127.0.0.1`."
        )
    return Failure(f"Nothing listens on port {_port(site)} of `{_host(site)}`.", (*help, _settings(site)))


def _unknown_host(cause: socket.gaierror, site: ShownSite, in_container: bool) -> Failure:
    host = _host(site)
    if cause.errno == socket.EAI_AGAIN:
        return Failure(
            f"The name server does not answer, so the address of `{host}` is not known.",
            ("Is this machine on the network?", _settings(site)),
        )
    help = "Is it spelt right? {}".format(
        f"`{HOST_OF_CONTAINERS}` is known in containers only; without them it is `localhost`."
        if host == HOST_OF_CONTAINERS and not in_container
        else f"`{site.fetch_setting()}` may name another address at which the site is reached from here."
    )
    return Failure(f"The name `{host}` is not known here.", (help, _settings(site)))


def _certificate(cause: ssl.SSLCertVerificationError, site: ShownSite) -> Failure:
    name = site.tls_name
    trust = (
        "If it is yours, trust it: `SITE_CA_FILE=/path/to/certificate.pem` names a file with it, or that "
        "of the authority that signed it."
    )
    if cause.verify_code in (EXPIRED, NOT_YET_VALID):
        what = "has expired" if cause.verify_code == EXPIRED else "is not valid yet"
        return Failure(
            f"The certificate of `{_place(site)}` {what}.",
            (
                "Renew it; visitors' browsers refuse it, too.",
                "Is the clock of this machine right?",
                _fetch_http(site),
            ),
        )
    if cause.verify_code in (WRONG_NAME, WRONG_ADDRESS):
        return Failure(
            f"The certificate of `{_place(site)}` is for another name than `{name}`.",
            (
                f"Let `{site.fetch_setting()}` have a name that is in the certificate. The site sees "
                f"the host of `{site.setting()}` in any case.",
                _fetch_http(site),
            ),
        )
    if cause.verify_code in SELF_SIGNED:
        return Failure(f"The certificate of `{_place(site)}` is self-signed.", (trust, _fetch_http(site)))
    return Failure(
        f"The certificate of `{_place(site)}` is signed by nobody whom this machine trusts.",
        (
            trust,
            "Does the site send its intermediate certificates, too? Browsers find them by themselves.",
            _fetch_http(site),
        ),
    )


def _fetch_http(site: ShownSite) -> str:
    return f"Or fetch the site by http, behind its TLS: `{site.fetch_setting('http://…')}`."


def _tls(cause: ssl.SSLError, site: ShownSite) -> Failure:
    # Python's own errors of this kind have no reason.
    reason: str = getattr(cause, "reason", None) or str(cause)
    if NO_TLS.search(reason):
        address = site.fetch_url.replace("https://", "http://", 1)
        return Failure(
            f"`{_place(site)}` does not speak https, but probably http.",
            (f"Set `{site.fetch_setting(address)}`.", _settings(site)),
        )
    return Failure(
        f"No TLS connection to `{_place(site)}`: {reason.replace('_', ' ').lower()}.",
        (
            "Does the server offer TLS 1.2 or later, without asking for a certificate of the client?",
            _fetch_http(site),
        ),
    )


def _tls_at_http(site: ShownSite) -> Failure:
    address = site.fetch_url.replace("http://", "https://", 1)
    return Failure(
        f"`{_place(site)}` speaks https, not http.",
        (f"Set `{site.fetch_setting(address)}`.", _settings(site)),
    )


def _silent_host(site: ShownSite, in_container: bool) -> Failure:
    firewall = "A firewall may drop what comes from " + ("containers." if in_container else "this machine.")
    return Failure(
        f"`{_place(site)}` does not accept a connection: no answer in 5 s.",
        (firewall, "Is the machine running? " + _LOOK.format(url=site.fetch_url), _settings(site)),
        504,
    )


def _hung_up(site: ShownSite) -> Failure:
    return Failure(
        f"`{_place(site)}` closed the connection without an answer.",
        (
            "Did the site just stop or restart? Its own log may say more.",
            "It may admit only some hosts, browsers or networks. " + _LOOK.format(url=site.fetch_url),
            _settings(site),
        ),
    )


def _redirects(origin: str, site: ShownSite) -> Failure:
    wanted, fetched = urlsplit(origin), urlsplit(site.fetch_url)
    if wanted.netloc.lower() != site.host.lower():
        cure = f"Set `{site.setting(origin)}`, which is how the site calls itself."
    elif site.fetch_url == site.url:
        cure = f"Set `{site.setting(origin)}`."
    else:
        cure = (
            f"It is fetched by {fetched.scheme} and told `X-Forwarded-Proto: {urlsplit(site.url).scheme}`: "
            f"let it trust that header, or set `{site.fetch_setting()}` to its address by {wanted.scheme}."
        )
    return Failure(
        f"The site redirects this page to the same page at `{origin}`, again and again.",
        (cure, _settings(site)),
    )


def _container(site: ShownSite) -> str:
    address = f"{urlsplit(site.fetch_url).scheme}://{HOST_OF_CONTAINERS}:{_port(site)}"
    return (
        f"Here, `{_host(site)}` is the container of the heat map, not the machine. Set "
        f"`{site.fetch_setting(address)}`."
    )


def _settings(site: ShownSite) -> str:
    other = f"`{site.setting()}`" if site.fetch_url == site.url else f"`{site.fetch_setting()}`"
    return _SETTINGS.format(setting=other)


def _host(site: ShownSite) -> str:
    return urlsplit(site.fetch_url).hostname or ""


def _port(site: ShownSite) -> int:
    fetched = urlsplit(site.fetch_url)
    return fetched.port or (443 if fetched.scheme == "https" else 80)


def _place(site: ShownSite) -> str:
    host = _host(site)
    return f"{f'[{host}]' if ':' in host else host}:{_port(site)}"


def _is_loopback(site: ShownSite) -> bool:
    host = _host(site)
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def _detail(error: BaseException) -> str:
    """An error in a line, without what differs between two equal ones."""
    return re.sub(r"\s+", " ", str(error)).strip().rstrip(".")[:200] or type(error).__name__
