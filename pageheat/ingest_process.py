"""Runs ingest with the tracker's scripts, which it serves. Services may not import front ends; this may."""

from pageheat import ingest_workers
from pageheat.frontends import tracker
from pageheat.services.ingest import main as ingest
from pageheat.services.runtime import logs
from pageheat.services.runtime.settings import IngestSettings


def main() -> None:
    """Serve until SIGTERM, with as many processes as INGEST_WORKERS says."""
    settings, place = IngestSettings.load(), ingest_workers.inherited_place()
    if place is None and settings.ingest_workers > 1:
        logs.configure("ingest", settings)
        ingest_workers.run(settings)
    else:
        ingest.main(settings, tracker.scripts, place)
