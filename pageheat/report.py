"""The output of `pageheat up`."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from pageheat.services.runtime.settings import AllSettings


class Report:
    """Prints one line for each event, and a spinner while something is awaited."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting", console=console)

    def say(self, line: str) -> None:
        """Print a line as it is, unwrapped, so that a pipe gets it as one line."""
        self._say(escape(line))

    def _say(self, markup: str) -> None:
        self._console.print(markup, soft_wrap=True)

    def warn(self, line: str) -> None:
        """Print something to act on."""
        self._say(f"  [yellow]![/] {escape(line)}")

    def working(self, line: str) -> None:
        """Show the current activity."""
        if self._console.is_terminal:
            self._status.update(escape(line))
            self._status.start()
        else:
            self.say(line)

    def ready(self, name: str, took_s: float) -> None:
        """Print that a member has become ready."""
        self._say(f"  [green]✓[/] {name:<12} [dim]{took_s:4.1f} s[/]")

    def waiting(self, names: Sequence[str]) -> None:
        """Show which members are not ready yet."""
        if not names:
            self._status.stop()
        elif self._console.is_terminal:
            self.working("waiting for " + ", ".join(names))

    def ended(self, name: str, code: int, cause: str | None, *, waits: bool) -> None:
        """Print that a member has ended by itself, why if that is known, and when it is started again."""
        why = f": {escape(cause)}" if cause else ""
        then = "it starts again once that has changed" if waits else "started again"
        self._say(f"  [yellow]![/] {name} ended with code {code}{why}; {then}")

    def left_out(self, name: str, reason: str) -> None:
        """Print that all others run without this member, and why."""
        self.say(f"  [yellow]![/] {name} is left out, the rest runs without it: {escape(reason)}")

    def up(self, settings: AllSettings, logs: Path, took_s: float, running: Collection[str]) -> None:
        """Print the addresses of everything that is running."""
        host = settings.bind_address
        host = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
        heatmap = settings.heatmap_url
        pages = f"{settings.history_url}/_pageheat/history/pages"
        history = [("History", pages)] if "history" in running else []
        if "site_url" in settings.model_fields_set:
            tag = f'<script async src="{settings.ingest_url}{settings.tracker_path}"></script>'
            site, place, setup = ("Your site", f"{settings.site_url}/"), "your site", [("Its tracker", tag)]
        else:
            site, place, setup = ("Demo shop", f"http://{host}:{settings.demo_port}/"), "the shop", []
        self.say(f"\nPageheat is up after {took_s:.1f} s.\n")
        for what, where in [
            site,
            *setup,
            ("Its heat map", f"{heatmap}/"),
            *((f"That of {name}", f"{url}/") for name, url in settings.heatmaps.items() if name),
            ("Bookmarklet", f"{heatmap}/_pageheat/bookmarklet"),
            ("Warm pages", f"{heatmap}/_pageheat/"),
            *history,
            ("Kafka", settings.kafka_broker),
            ("Logs", f"{logs}/"),
        ]:
            self._say(f"  {what:<14} [bold]{escape(where)}[/]")
        self.say(f"\nMove the mouse on {place}, and watch its heat map. Ctrl-C stops all.\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()
