"""A running Pageheat with both front ends, for tests and pictures in a real browser."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from pageheat.kafka.ports import free_port
from tests.support.system import Instance, System, until


@dataclass(frozen=True)
class Live:
    """A running Pageheat with the demo shop and the heat-map front end."""

    shop: str
    heatmap: str
    ingest: Instance
    broadcaster: Instance
    start_ingest: Callable[[], Instance]
    """Restarts ingest at the same address once it has ended."""
    start_history: Callable[[], Instance]
    """Starts the history, of which the front end knows the address."""

    def warm(self, page: str) -> dict[str, Any]:
        """Return a page's entry in the list of warm pages, empty if the page is cold."""
        address = f"http://{self.broadcaster.address}/_pageheat/pages"
        with urllib.request.urlopen(address, timeout=10) as answer:
            listed = {entry["page"]: entry for entry in json.load(answer)["pages"]}
        return dict(listed.get(page, {}))

    def clicks(self, page: str) -> dict[str, dict[str, int]]:
        """Return a warm page's clicks, by tile."""
        address = f"http://{self.broadcaster.address}/_pageheat/grid{page}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return dict(json.load(answer)["clicks"])

    def wait_for_moves(self, page: str, moves: int) -> None:
        """Wait until at least that many moves of a page are counted."""
        until(lambda: self.warm(page).get("moves", 0) >= moves, lambda: f"{page}: {self.warm(page)}")


def live_on(system: System, *others: str) -> Live:
    """Start all processes, and wait until they are healthy. Pages of `others`, too, may show heat."""
    demo_port, history_port = str(free_port()), str(free_port())
    origins = ",".join([f"http://127.0.0.1:{demo_port}", *others])
    services = system.start_all(ORIGINS=origins)
    demo = system.start("demo", DEMO_PORT=demo_port, INGEST_URL=f"http://{services['ingest'].address}")
    heatmap = system.start(
        "heatmap",
        SITE_URL=f"http://{demo.address}",
        BROADCASTER_URL=f"http://{services['broadcaster'].address}",
        HISTORY_URL=f"http://127.0.0.1:{history_port}",
    )
    for front_end in (demo, heatmap):
        front_end.wait_until_healthy()
    return Live(
        f"http://{demo.address}",
        f"http://{heatmap.address}",
        services["ingest"],
        services["broadcaster"],
        lambda: system.start("ingest", ORIGINS=origins, INGEST_PORT=str(services["ingest"].port)),
        lambda: system.start("history", ORIGINS=origins, HISTORY_PORT=history_port),
    )


def visit(
    browser: Browser, address: str, width: int = 1280, height: int = 720, *, is_dark: bool = False
) -> Page:
    """Open a page in its own window, by somebody who was offered the tour; wait for its pictures."""
    page = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if is_dark else "light"
    ).new_page()
    page.add_init_script("localStorage.setItem('pageheat-tour', 'offered')")
    page.goto(address)
    page.wait_for_function("document.images.length > 1 && [...document.images].every((i) => i.complete)")
    return page
