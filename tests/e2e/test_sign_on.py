"""A company's sign-on opens the heat map: Caddy as deploy/caddy/ sets it up asks a service who is signed on.

The service is another Caddy: it wants a name and a password once, and knows people by a cookie from then on.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from tests.e2e.test_live import move_around
from tests.support.caddy import Caddy, caddy, serving
from tests.support.chromium import leave
from tests.support.heat import HAS_HEAT, is_hot
from tests.support.site import Site
from tests.support.system import Instance, running, until

PAGE = "/placed/plain"
AT = 900, 200

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"

COOKIE = "session=of-ann"

SERVICE = f"""
{{
	admin off
	auto_https off
}}
http://:{{$SERVICE_PORT}} {{
	bind 127.0.0.1
	@signed_on header Cookie *{COOKIE}*
	route {{
		header @signed_on Remote-User ann@example.org
		respond @signed_on 200
		# The hash of "a password".
		basicauth {{
			ann $2b$04$WITg0MaeRA7LyWHsA4FDQewRHp2YWXCccifz3i7cV2QYhar49T1w2
		}}
		header Set-Cookie "{COOKIE}; Path=/; Secure; HttpOnly; SameSite=Lax"
		redir {{header.X-Forwarded-Uri}}
	}}
}}
"""

FORGED = {"Remote-User": "mallory@example.org"}


class Company(NamedTuple):
    """Pageheat behind a sign-on, and a site with a visitor."""

    door: Caddy
    broadcaster: Instance
    history: Instance

    @property
    def heat_map(self) -> str:
        return self.door.urls["HEATMAP_URL"] + PAGE


@pytest.fixture(scope="module")
def sign_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of the documents, which asks a running service."""
    folder = tmp_path_factory.mktemp("sign-on")
    example, _ = re.findall(r"```caddy\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    port = free_port()
    (folder / "sign-on.caddy").write_text(example.replace("authelia:9091", f"127.0.0.1:{port}"))
    (folder / "Caddyfile").write_text(SERVICE)
    with serving(folder / "Caddyfile", {"SERVICE_PORT": str(port)}, folder / "service.log", port):
        yield folder / "sign-on.caddy"


@pytest.fixture(scope="module")
def company(
    node: KafkaNode, browser: Browser, sign_on: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    with caddy(folder, SIGN_ON=str(sign_on), VIEW_USER_HEADER="Remote-User") as door:
        site = Site(door.urls["INGEST_URL"])
        settings = {
            "SITE_URL": site.origin,
            "TRUSTED_PROXIES": "1",
            "PUBLISHED_ADDRESS": "192.0.2.1",  # else everybody on this machine may look
            "VIEW_USER_HEADER": "Remote-User",
            "VIEW_PROXIES": "127.0.0.1",
            "ACCESS_LOG": "true",
        }
        with running(node, folder, **door.urls, **settings) as system:
            names = "ingest", "group_by", "aggregator", "broadcaster", "history", "heatmap"
            services = {name: system.start(name, **door.ports) for name in names}
            for service in services.values():
                service.wait_until_healthy()
            visitor = browser.new_context(ignore_https_errors=True).new_page()
            visitor.goto(site.origin + PAGE)
            move_around(visitor, *AT)
            yield Company(door, services["broadcaster"], services["history"])
            leave(visitor.context)
        site.close()


@pytest.fixture
def ann(browser: Browser, company: Company) -> Iterator[Page]:
    """A page of somebody who has signed on at the heat map."""
    entering = browser.new_context(
        ignore_https_errors=True, http_credentials={"username": "ann", "password": "a password"}
    )
    entering.new_page().goto(company.heat_map)
    # Where Playwright knows a password, it answers preflights itself.
    signed_on = entering.storage_state()
    leave(entering)
    context = browser.new_context(ignore_https_errors=True, storage_state=signed_on)
    yield context.new_page()
    leave(context)


def test_who_signs_on_sees_live_heat_the_past_and_may_write(ann: Page, company: Company) -> None:
    ann.goto(company.heat_map)
    is_hot(ann, *AT)
    ann.get_by_role("button", name="Time: Live").click()
    ann.get_by_role("button", name="Last hour").click()
    expect(ann.locator(".when")).to_contain_text("1 page view, exact to the minute")
    is_hot(ann, *AT)
    ann.get_by_role("button", name="Notes").click()
    ann.get_by_label("Note", exact=True).fill("a new header")
    ann.get_by_role("button", name="Add").click()
    ann.get_by_role("button", name="Remove the note “a new header”").click()
    expect(ann.get_by_role("group", name="Notes")).to_contain_text("No notes here yet")


def test_who_looked_is_logged_by_the_name_of_the_sign_on_whatever_the_browser_says(
    ann: Page, company: Company
) -> None:
    ann.context.set_extra_http_headers(FORGED)
    ann.goto(company.heat_map)
    is_hot(ann, *AT)
    log = company.broadcaster.log
    until(lambda: f"ann@example.org looked at {PAGE}" in log(), log)
    assert "mallory" not in log()


@pytest.mark.parametrize("headers", [{}, FORGED], ids=["nobody", "forged"])
def test_without_the_sign_on_there_is_no_heat(
    browser: Browser, company: Company, headers: dict[str, str]
) -> None:
    context = browser.new_context(ignore_https_errors=True, extra_http_headers=headers)
    page = context.new_page()
    answer = page.goto(company.heat_map)
    assert answer
    assert answer.status == 401
    assert not page.evaluate(HAS_HEAT)
    for door in ("BROADCASTER_URL", "HISTORY_URL"):
        assert context.request.get(company.door.urls[door] + "/_pageheat/pages").status == 401
    leave(context)


@pytest.mark.parametrize(("address", "may_look"), [("127.0.0.1", True), ("127.0.0.2", False)])
def test_past_the_proxy_the_header_is_believed_of_nobody_else(
    company: Company, address: str, may_look: bool
) -> None:
    status = 200 if may_look else 401
    for service, path in ((company.broadcaster, "pages"), (company.history, f"history/notes{PAGE}")):
        with httpx2.Client(transport=httpx2.HTTPTransport(local_address=address)) as client:
            answer = client.get(f"http://{service.address}/_pageheat/{path}", headers=FORGED)
            assert answer.status_code == status
