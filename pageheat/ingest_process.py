"""Runs ingest with the tracker's scripts, which it serves. Services import no front end: this knows both."""

from pageheat.frontends import tracker
from pageheat.services.ingest import main as ingest


def main() -> None:
    """Serve until SIGTERM."""
    ingest.main(tracker.scripts())
