"""Signed on at a proxy: who may look then, and what is logged of it."""

import logging

import pytest
from starlette.testclient import TestClient

from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.delta import STATUS
from pageheat.services.contract.tokens import issue
from pageheat.services.runtime.access import Access, AccessDenied, exposure, looked, require_page
from pageheat.services.runtime.settings import BroadcasterSettings, WrongSetting
from pageheat.services.runtime.sign_on import SignOn, parse_networks
from tests.support.heatmap_records import FakeViewer, ListSource

SECRET = "a secret that is long enough: 32"
PROXY, ELSEWHERE = "10.1.2.3", "10.2.0.1"
ANN = [(b"x-forwarded-user", b"ann@example.org")]
PROXIES = SignOn(b"x-forwarded-user", parse_networks("127.0.0.1, 10.1.0.0/16,::1"))


def access(secret: str = "", *, is_logged: bool = False) -> Access:
    return Access(secret, lambda: 1_000_000, sign_on=PROXIES, is_logged=is_logged)


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {token}".encode())]


@pytest.mark.parametrize("peer", [PROXY, "127.0.0.1", "::1", "::ffff:10.1.0.9"])
@pytest.mark.parametrize("secret", ["", SECRET])
def test_who_is_signed_on_at_the_proxy_sees_every_page_without_a_token(peer: str, secret: str) -> None:
    grant = access(secret).grant(ANN, peer=peer)
    assert grant.covers("/shop")
    assert grant.covers("//blog/")


@pytest.mark.parametrize("peer", [ELSEWHERE, None, "", "no address", "10.1"])
def test_the_header_of_anybody_else_is_not_believed(peer: str | None) -> None:
    with pytest.raises(AccessDenied, match="Nobody is signed on"):
        access().grant(ANN, peer=peer)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-forwarded-user", b"")],
        [(b"x-forwarded-user", b" ")],
        [(b"x-forwarded-user", b"{http.reverse_proxy.header.X-Forwarded-User}")],
        [*ANN, *ANN],
        [(b"x-user", b"ann")],
    ],
)
def test_without_one_name_from_the_proxy_nobody_is_signed_on(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(AccessDenied) as refused:
        access().grant(headers, peer=PROXY)
    assert refused.value.status == 401


def test_a_token_opens_what_it_covers_beside_the_sign_on() -> None:
    token = issue(SECRET, "", "/shop", 2_000)
    grant = access(SECRET).grant(bearer(token), peer=ELSEWHERE)
    assert (grant.covers("/shop/lamp"), grant.covers("/legal")) == (True, False)


def test_without_a_secret_a_token_opens_nothing() -> None:
    with pytest.raises(AccessDenied):
        access().grant(bearer(issue(SECRET, "", "/", 2_000)), peer=ELSEWHERE)


@pytest.mark.parametrize(("peer", "status"), [(PROXY, 200), (ELSEWHERE, 401)])
def test_the_broadcaster_asks_the_peer_of_the_connection(peer: str, status: int) -> None:
    app = Broadcaster(ListSource(), lambda: 1_000_000, access=access())
    signed_on = {"X-Forwarded-User": "ann", "X-Forwarded-For": PROXY}
    with TestClient(app, client=(peer, 1)) as client:
        assert client.get("/_pageheat/pages", headers=signed_on).status_code == status


async def test_a_socket_needs_no_token_either() -> None:
    app = Broadcaster(ListSource(), lambda: 1_000_000, access=access())
    async with app._lifespan(None):  # type: ignore[arg-type]
        signed_on, other = (
            FakeViewer(app, "/lamp", ("pageheat.v1",), peer=peer, headers=ANN) for peer in (PROXY, ELSEWHERE)
        )
        assert (await signed_on.next()).kind == STATUS
        assert "Nobody is signed on" in (await other.next())["error"]
        await signed_on.leave()


def test_by_default_nothing_is_logged_of_who_looks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        require_page(access().grant(ANN, peer=PROXY), "/lamp")
    assert not caplog.records


def test_if_wanted_each_look_is_logged_with_the_name_or_a_mark_of_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    token = issue(SECRET, "", "/shop", 2_000)
    gate = access(SECRET, is_logged=True)
    with caplog.at_level(logging.INFO):
        require_page(gate.grant(ANN, peer=PROXY), "/lamp")
        looked(gate.grant(ANN, peer=PROXY), "the list of warm pages")
        require_page(gate.grant(bearer(token)), "/shop/lamp")
        with pytest.raises(AccessDenied):
            require_page(gate.grant(bearer(token)), "/legal")
    told = [record.getMessage() for record in caplog.records]
    assert told[:2] == ["ann@example.org looked at /lamp", "ann@example.org looked at the list of warm pages"]
    assert told[2].startswith("token ")
    assert told[2].endswith(" looked at /shop/lamp")
    assert len(told) == 3
    assert token not in "".join(told)


def test_a_name_cannot_break_the_log() -> None:
    said = "ann\r\n\x1b[31mü".encode()
    assert PROXIES.user(PROXY, [(b"x-forwarded-user", said)]) == "ann???[31m?"
    assert PROXIES.user(PROXY, [(b"x-forwarded-user", b"x" * 1000)]) == "x" * 200


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"view_user_header": "X-Forwarded-User"}, "VIEW_USER_HEADER and VIEW_PROXIES belong together"),
        ({"view_proxies": "10.0.0.1"}, "VIEW_USER_HEADER and VIEW_PROXIES belong together"),
        (
            {"view_user_header": "X-User", "view_proxies": "10.0.0.1,proxy"},
            "VIEW_PROXIES=10.0.0.1,proxy: 'proxy' should be an address or a network",
        ),
        (
            {"view_user_header": "X-User", "view_proxies": "10.0.0.1/8"},
            "VIEW_PROXIES=10.0.0.1/8: '10.0.0.1/8' should be an address or a network",
        ),
        ({"view_user_header": "X User"}, "VIEW_USER_HEADER=X User: should be a header's name"),
    ],
)
def test_settings_of_a_sign_on_that_make_no_sense_are_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        BroadcasterSettings.load(_env_file=None, **given)
    assert told in str(refused.value)


def test_grids_that_need_a_sign_on_are_not_called_public() -> None:
    settings = BroadcasterSettings.load(
        _env_file=None, bind_address="0.0.0.0", view_user_header="X-User", view_proxies="10.0.0.1"
    )
    assert exposure(settings) is None
    reachable = Access.of(settings, lambda: 0, settings.pages)
    with pytest.raises(AccessDenied):
        reachable.grant([])
