"""Runs the history: stores every minute of each page, and answers for any range of time."""

import logging
from functools import partial

from pageheat.services.contract import topics
from pageheat.services.contract.rights import SERVICES
from pageheat.services.history import notes
from pageheat.services.history.answers import Answers
from pageheat.services.history.backup import backup, drop_copy
from pageheat.services.history.ends import Ends
from pageheat.services.history.engine import engine_of
from pageheat.services.history.importing import Importer
from pageheat.services.history.member import Member
from pageheat.services.history.operating import permission, routes
from pageheat.services.history.store import Kept, Store
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.access import Access, exposure
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.kafka_monitor import KafkaMonitor
from pageheat.services.runtime.settings import HistorySettings
from pageheat.services.runtime.streams import StreamApplication
from pageheat.services.runtime.web import all_well, serve_beside

log = logging.getLogger(__name__)

GROUP = "history"


def main() -> None:
    """Store and answer until SIGTERM."""
    settings = HistorySettings.load()
    logs.configure("history", settings)
    if warning := exposure(settings):
        log.warning("%s", warning)
    server = settings.clickhouse_url.get_secret_value()
    engine = engine_of(server, settings.history_folder)
    rights = SERVICES["history"]
    topic_admin.require(settings.kafka, settings.kafka_replication, rights)
    store = Store(engine)
    kept_days = settings.history_minutes_days, settings.history_hours_days
    kept = Kept(*kept_days, settings.history_rows_days)
    store.migrate(kept)
    importer = Importer(
        engine, store, settings.bands, kept, wall_clock_ms, count_robots=settings.count_robots
    )
    importer.finish()
    if not server:
        drop_copy(engine)
    kafka = KafkaMonitor(settings.kafka, rights.topics).start()
    member = Member(
        store,
        settings.kafka,
        settings.bands,
        count_robots=settings.count_robots,
        together=not server,
        is_well=lambda: kafka.why_unready() is None,
        reached=Ends(settings.kafka, wall_clock_ms).start().reached,
    )
    app = StreamApplication(settings, GROUP, member, kafka.require_same, writes=False)
    member.done = partial(app.done, topics.BY_PAGE)
    app.in_batches(app.raw_topic(topics.BY_PAGE), member.take, commits=False)
    ready, alive = all_well(kafka.why_unready, app.why_unready), kafka.unless_silent(app.stuck)
    answers = Answers(engine, settings.pages, settings.history_url, kept_days, member.present, wall_clock_ms)
    access = Access.of(settings, wall_clock_ms, settings.pages)
    serve_beside(
        ready,
        alive,
        settings.bind_address,
        settings.history_port,
        [
            *routes(
                permission(settings, wall_clock_ms), importer, lambda: backup(engine, store, wall_clock_ms)
            ),
            *notes.routes(
                access,
                notes.Notes(engine, store, wall_clock_ms),
                settings.pages,
                writable=notes.may_write(settings),
            ),
            *answers.routes(access),  # the last of these says for all other paths what may be asked
        ],
        lambda routed: Gate(
            routed,
            settings.hosts,
            settings.viewers,
            cookies=settings.sign_on is not None,
            methods=notes.METHODS,
        ),
    )
    try:
        app.run()
        member.store_all()
    finally:
        engine.close()
