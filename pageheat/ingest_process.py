"""Runs ingest with the tracker's scripts, which it serves. Services may not import front ends; this may."""

from pageheat.frontends import tracker
from pageheat.services.ingest import main as ingest


def main() -> None:
    """Serve until SIGTERM."""
    ingest.main(tracker.scripts)
