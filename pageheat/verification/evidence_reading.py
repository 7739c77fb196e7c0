"""The topics read back: what the sampled grids should have counted, and every frame's way."""

import re
import time
from contextlib import closing

from confluent_kafka import Message

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import MAX_FUTURE_MS, SOURCE_OFFSET, SOURCE_PARTITION
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from pageheat.verification.audit import Source
from pageheat.verification.evidence import Evidence, all_details, all_grids
from pageheat.verification.recount import PageLog, read_frame

MAX_FRAMES = 2_000_000
"""Of `clickstream`, followed at 17 bytes each; of busier systems the newest part of the window."""

PATIENCE_S = 10
"""What frames that were on their way when the sampling ended may take to the next topic."""

SLACK_MS = 10_000
"""Before a time, from where a dead letter, stamped when it was written, is looked for."""

RESENDS_MS = 180_000
"""Before the audited frames: a client sends a frame again within this time."""


def read_topics(evidence: Evidence, broker: str) -> None:
    """Read what the evidence's grids refer to, and audit the frames of the window before the sampling.

    Kafka's timestamp of a frame is its `received` on both topics, so that the frames since a time are the
    same on both; an event is no older than its frame but for MAX_FUTURE_MS.

    Raises:
        KafkaAway: Kafka does not answer.
    """
    with closing(KafkaLog(broker)) as log:
        since_ms = _read_clickstream(log, evidence)
        _read_dead_letters(log, evidence, since_ms - SLACK_MS)
        records = (*all_grids(evidence), *all_details(evidence))
        starts = [record["start"] for _, record in records]
        # A window back from there too: the elements seen then may have taken the places of later ones.
        _read_by_page(log, evidence, min([*starts, since_ms]) - evidence.window_ms - MAX_FUTURE_MS)
        _read_dead_letters(log, evidence, since_ms - SLACK_MS)


def _read_clickstream(log: KafkaLog, evidence: Evidence) -> int:
    """Tell the audit of the frames since the time that is returned."""
    back_ms = evidence.window_ms
    while True:
        since_ms = evidence.began_ms - back_ms
        places = log.since(CLICKSTREAM, since_ms)
        ends = log.ends(places)
        if sum(ends.values()) - sum(place.offset for place in places) <= MAX_FRAMES or not back_ms:
            break
        back_ms //= 2
    log.assign(log.since(CLICKSTREAM, since_ms - RESENDS_MS))
    for message in log.up_to(ends):
        _, partition, offset = _place(message)
        if offset < ends[CLICKSTREAM, partition]:
            audited = message.timestamp()[1] >= since_ms
            evidence.audit.taken(partition, offset, message.value(), audited=audited)
    return since_ms


def _read_by_page(log: KafkaLog, evidence: Evidence, since_ms: int) -> None:
    """Read to the end, and wait there for frames that are still on their way."""
    places = log.since(BY_PAGE, since_ms)
    log.assign(places)
    for message in log.up_to(log.ends(places)):
        _take(evidence, message)
    deadline_s = time.monotonic() + PATIENCE_S
    while evidence.audit.missing and time.monotonic() < deadline_s:
        for message in log.next():
            _take(evidence, message)


def _take(evidence: Evidence, message: Message) -> None:
    _, partition, offset = _place(message)
    key, value = message.key() or b"", message.value()
    page = key.decode("utf-8", "replace")
    frame = read_frame(value) if page in evidence.grids else None
    readable = frame is not None or page not in evidence.grids
    source = _source(message) if readable else None
    grouped = evidence.audit.grouped(partition, offset, key, value, source)
    if grouped and frame and evidence.counts(frame):
        evidence.logs.setdefault((partition, page), PageLog(evidence.grid_size)).add(offset, frame)


def _source(message: Message) -> Source | None:
    """Where in `clickstream` a record says that it comes from."""
    headers = dict(message.headers() or ())
    try:
        return int(headers[SOURCE_PARTITION]), int(headers[SOURCE_OFFSET])
    except (KeyError, TypeError, ValueError):
        return None


def _read_dead_letters(log: KafkaLog, evidence: Evidence, since_ms: int) -> None:
    places = log.since(DEAD_LETTER, since_ms)
    log.assign(places)
    for message in log.up_to(log.ends(places)):
        if origin := re.fullmatch(r"(.+)/(\d+)/(\d+)", (message.key() or b"").decode("utf-8", "replace")):
            evidence.audit.dead(origin[1], int(origin[2]), int(origin[3]))


def _place(message: Message) -> tuple[str, int, int]:
    return str(message.topic()), int(message.partition() or 0), int(message.offset() or 0)
