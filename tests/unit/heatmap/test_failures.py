"""A site that does not answer: the page and the log name the cause, and what helps."""

import errno
import html
import logging
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from pageheat.frontends.heatmap import connection, diagnosis, proxy
from pageheat.frontends.heatmap.failures import Failure, failure
from pageheat.frontends.heatmap.server import create_app
from pageheat.frontends.heatmap.sites import ShownSite
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.raw_site import RawSite
from tests.support.server import Server

CERTIFICATES = Path(__file__).parents[2] / "support" / "certificates"


@contextmanager
def front_end(site: str, **settings: object) -> Iterator[httpx2.Client]:
    app = Server(create_app(HeatmapSettings.load(site_url=site, **settings)))
    with httpx2.Client(base_url=app.origin, headers={"accept": "text/html,*/*"}) as client:
        yield client
    app.stop()


def page_of(site: str, **settings: object) -> str:
    """The text of the page for a site that does not answer."""
    with front_end(site, **settings) as browser:
        answer = browser.get("/lamps")
    assert answer.status_code in (502, 503, 504)
    assert answer.headers["cache-control"] == "no-store"
    assert "The site does not answer" in answer.text
    assert "Try again" in answer.text
    assert "overlay.js" not in answer.text
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


@contextmanager
def https(certificate: str) -> Iterator[str]:
    """A site at https, as https://localhost:PORT, and its page."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(plain: socket.socket) -> None:
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65_536)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>here"
                )
        except OSError:
            plain.close()

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[plain], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"https://localhost:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@contextmanager
def nobody() -> Iterator[str]:
    """The origin of a reserved port without a listener."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://localhost:{taken.getsockname()[1]}"


def test_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "IN_CONTAINER", False)
    with nobody() as site:
        text = page_of(site)
    assert f"Nothing listens on port {site.rpartition(':')[2]} of localhost." in text
    assert "Is the site running?" in text
    assert "SITE_URL" in text
    assert "host.docker.internal" not in text


def test_refused_in_a_container_where_localhost_is_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "IN_CONTAINER", True)
    with nobody() as site:
        text = page_of(site)
    assert "localhost is the container of the heat map, not the machine" in text
    assert f"SITE_FETCH_URL=http://host.docker.internal:{site.rpartition(':')[2]}" in text
    assert "0.0.0.0" in text


def test_an_unknown_host() -> None:
    text = page_of("http://shop.invalid")
    assert "The name shop.invalid is not known here." in text or "name server" in text
    assert "Nothing listens" not in text


@pytest.mark.parametrize(
    ("certificate", "reason", "help"),
    [
        ("expired", "has expired", "Renew it"),
        ("other-name", "is for another name than localhost", "SITE_FETCH_URL"),
        ("self-signed", "is self-signed", "SITE_CA_FILE="),
    ],
)
def test_a_certificate_that_is_not_accepted(certificate: str, reason: str, help: str) -> None:
    with https(certificate) as site:
        text = page_of(site, site_ca_file=str(CERTIFICATES / "authority.pem"))
    assert f"The certificate of {site.removeprefix('https://')} {reason}." in text
    assert help in text


def test_a_certificate_of_an_unknown_authority() -> None:
    with https("valid") as site:
        text = page_of(site)
    assert "is signed by nobody whom this machine trusts" in text
    assert "SITE_CA_FILE=" in text


def test_a_certificate_that_the_settings_name_is_trusted() -> None:
    with https("valid") as site, front_end(site, site_ca_file=str(CERTIFICATES / "authority.pem")) as browser:
        assert "<p>here" in browser.get("/").text


def test_a_site_at_an_ip_address_shows_the_certificate_of_its_name() -> None:
    with https("valid") as site:
        fetched = site.replace("localhost", "127.0.0.1")
        ca = str(CERTIFICATES / "authority.pem")
        with front_end("https://shop.example", site_fetch_url=fetched, site_ca_file=ca) as browser:
            assert "<p>here" in browser.get("/").text


def test_http_where_https_is_expected() -> None:
    plain = Server(Starlette())
    address = plain.origin.replace("http://127.0.0.1", "https://localhost")
    text = page_of(address)
    plain.stop()
    assert "does not speak https, but probably http" in text
    assert f"SITE_FETCH_URL={address.replace('https', 'http')}" in text


def test_https_where_http_is_expected() -> None:
    with https("self-signed") as site:
        text = page_of(site.replace("https", "http"))
    assert "speaks https, not http" in text
    assert f"SITE_FETCH_URL={site}" in text


def test_https_where_http_is_expected_and_answered_with_400() -> None:
    """As nginx, Apache and Go's servers do it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "self-signed.pem")

    def answer(plain: socket.socket, _: bytes) -> None:
        plain.sendall(
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>no"
        )

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
                if plain.recv(1, socket.MSG_PEEK) == b"\x16":
                    context.wrap_socket(plain, server_side=True).close()
                else:
                    answer(plain, plain.recv(65_536))
                    plain.close()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    text = page_of(f"http://localhost:{listener.getsockname()[1]}")
    listener.close()
    assert "speaks https, not http" in text


def test_a_site_that_refuses_a_page_with_400_is_shown() -> None:
    with RawSite() as site:
        site.replies["/*"] = (
            b"HTTP/1.1 400 Bad\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>bad id"
        )
        with front_end(site.origin) as browser:
            answer = browser.get("/x")
    assert answer.status_code == 400
    assert answer.text.endswith("<p>bad id")


def reset(plain: socket.socket, _: bytes) -> None:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("reply", [b"", reset])
def test_a_connection_that_ends_without_an_answer(reply: bytes) -> None:
    with RawSite() as site:
        site.replies["/*"] = reply
        text = page_of(site.origin)
    assert "closed the connection without an answer" in text


def test_another_protocol() -> None:
    with RawSite() as site:
        site.replies["/*"] = b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"
        text = page_of(site.origin)
    assert "cannot be read as HTTP" in text
    assert "SSH-2.0" in text


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "PAGE_TIMEOUT", httpx2.Timeout(0.3))
    held = threading.Event()
    with RawSite() as site:
        site.replies["/*"] = lambda *_: held.wait()  # type: ignore[assignment]
        text = page_of(site.origin)
        held.set()
    assert "accepted the connection, but did not answer in time" in text


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx2.ConnectTimeout(""), "does not accept a connection"),
        (httpx2.PoolTimeout(""), "All connections to `shop.example:80` are busy"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "There is no way from here to `shop.example:80`"),
        (socket.gaierror(socket.EAI_AGAIN, ""), "The name server does not answer"),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] x"), "No TLS connection"),
        (ExceptionGroup("", [ConnectionRefusedError(), TimeoutError()]), "did not answer in time"),
        (RuntimeError("what\nnobody foresaw"), "failed: what nobody foresaw."),
    ],
)
def test_what_a_test_cannot_cause(error: Exception, reason: str) -> None:
    assert reason in told(error).reason


def told(error: Exception, url: str = "http://shop.example", in_container: bool = False) -> Failure:
    try:
        try:
            raise error
        except Exception as cause:
            raise httpx2.ConnectError("All connection attempts failed") from cause
    except httpx2.ConnectError as outer:
        return failure(outer, ShownSite("", url, url), in_container)


def test_the_machines_name_in_containers_is_unknown_elsewhere() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert "in containers only" in told(unknown, "http://host.docker.internal:9000").help[0]


def test_a_named_site_is_told_by_its_own_settings() -> None:
    site = ShownSite("blog", "https://blog.example", "http://localhost:9000")
    told = failure(ConnectionRefusedError(), site, in_container=True)
    assert "`SITES_FETCH_URLS=blog=http://host.docker.internal:9000`" in told.help[0]


# Redirects that never end


@pytest.mark.parametrize(
    ("location", "help"),
    [
        ("https://localhost:{port}/lamps", "SITE_URL=https://localhost:{port}"),
        ("https://127.0.0.1:{port}/lamps", "SITE_URL=https://127.0.0.1:{port}"),
    ],
)
def test_a_redirect_to_the_same_page_at_https(location: str, help: str) -> None:
    with RawSite() as site:
        port = site.origin.rpartition(":")[2]
        site.replies["/*"] = redirect(location.format(port=port))
        text = page_of(site.origin.replace("127.0.0.1", "localhost"))
    assert "redirects this page to the same page at https://" in text
    assert help.format(port=port) in text


def test_a_redirect_to_https_of_a_site_that_is_fetched_behind_its_tls() -> None:
    with RawSite() as site:
        site.replies["/*"] = redirect("https://shop.example/lamps")
        text = page_of("https://shop.example", site_fetch_url=site.origin)
    assert "X-Forwarded-Proto: https" in text
    assert b"x-forwarded-proto: https" in site.heads[0].lower()


def redirect(location: str, *more: str) -> bytes:
    lines = [
        "HTTP/1.1 302 Found",
        f"Location: {location}",
        "Content-Length: 0",
        "Connection: close",
        *more,
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("path", "location", "more"),
    [
        ("/old", "{origin}/new", ()),
        ("/lamps", "https://elsewhere.example/lamps", ()),
        ("/lamps", "{origin}/lamps", ()),
        ("/lamps", "https://127.0.0.1:{port}/lamps", ("Set-Cookie: test=1",)),
    ],
)
def test_other_redirects_are_the_sites_own(path: str, location: str, more: tuple[str, ...]) -> None:
    with RawSite() as site:
        names = {"origin": site.origin, "port": site.origin.rpartition(":")[2]}
        site.replies["/*"] = redirect(location.format(**names), *more)
        with front_end(site.origin) as browser:
            assert browser.get(path, follow_redirects=False).status_code == 302


# Other clients, and the log


def test_other_clients_get_one_line() -> None:
    with nobody() as site, front_end(site) as browser:
        answer = browser.get("/a.png", headers={"accept": "image/*"})
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith(f"{site} does not answer: Nothing listens on port ")
    assert answer.text.count("\n") == 1


def test_the_log_has_one_line_for_a_failure_however_often_it_is_met(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with RawSite() as site, front_end(site.origin) as browser, caplog.at_level(logging.INFO, "pageheat"):
        site.replies["/*"] = b""
        for _ in range(3):
            browser.get("/")
        site.replies["/*"] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhere"
        browser.get("/")
        browser.get("/")
    place = site.origin.removeprefix("http://")
    assert [record.message for record in caplog.records] == [
        f"{site.origin} does not answer: `{place}` closed the connection without an answer. Did the site "
        "just stop or restart? Its own log may say more.",
        f"{site.origin} answers again",
    ]


def test_a_file_of_certificates_that_cannot_be_read_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(connection.WrongCertificates, match=r"SITE_CA_FILE=.*nothing\.pem: "):
        create_app(HeatmapSettings.load(site_ca_file=str(tmp_path / "nothing.pem")))
