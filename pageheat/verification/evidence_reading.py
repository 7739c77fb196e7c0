"""Reads the topics back: what the sampled grids should count, and the path of every frame."""

import re
import time
from contextlib import closing

from confluent_kafka import Message

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.forgetting import is_of_history_alone
from pageheat.services.contract.records import MAX_FUTURE_MS, SOURCE_OFFSET, SOURCE_PARTITION
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from pageheat.services.runtime.cluster import Cluster
from pageheat.verification.audit import Source
from pageheat.verification.evidence import Evidence, all_breakdowns, all_grids
from pageheat.verification.recount import PageLog, read_frame

MAX_FRAMES = 2_000_000
"""Audited frames of `clickstream`, at 17 bytes each; on busier systems only the newest of the window."""

PAST_MS = 86_400_000
"""How far back the history is asked about: what the topic keeps."""

MAX_PAST = 300_000
"""Frames that are read for that, a few seconds' work."""

SETTLE_TIMEOUT_S = 10
"""How long frames in flight when sampling ended may take to reach the next topic."""

SLACK_MS = 10_000
"""How much earlier the search for dead letters starts; their timestamp is the time of writing."""

RESENDS_MS = 180_000
"""How far before the audited frames to read: a client resends a frame within this time."""


def read_topics(evidence: Evidence, cluster: Cluster) -> None:
    """Read what the evidence's grids refer to, and audit the frames of the window before sampling.

    Kafka's timestamp of a frame is its `received` on both topics, so both have the same frames since a time.
    An event is at most MAX_FUTURE_MS later than its frame.

    Raises:
        KafkaAway: Kafka does not answer.
    """
    with closing(KafkaLog(cluster)) as log:
        since_ms = _read_clickstream(log, evidence)
        _read_dead_letters(log, evidence, since_ms - SLACK_MS)
        records = (*all_grids(evidence), *all_breakdowns(evidence))
        starts = [record["start"] for _, record in records]
        # Start one window earlier: elements seen then may take the place of later ones.
        _read_by_page(log, evidence, min([*starts, since_ms]) - evidence.window_ms - MAX_FUTURE_MS)
        _read_dead_letters(log, evidence, since_ms - SLACK_MS)


def _read_clickstream(log: KafkaLog, evidence: Evidence) -> int:
    """Audit the frames since the time that is returned."""
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
        partition, offset = _place(message)
        if offset < ends[CLICKSTREAM, partition]:
            audited = message.timestamp()[1] >= since_ms
            evidence.audit.add_source(partition, offset, message.value(), audited=audited)
    return since_ms


def _read_by_page(log: KafkaLog, evidence: Evidence, since_ms: int) -> None:
    """Read to the end, then wait for frames in flight. What is older is only for the history."""
    oldest_ms = min(since_ms, evidence.past_ms - MAX_FUTURE_MS) if evidence.history else since_ms
    places = log.since(BY_PAGE, oldest_ms)
    log.assign(places)
    for message in log.up_to(log.ends(places)):
        _add_grouped(evidence, message, since_ms)
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    while evidence.audit.missing and time.monotonic() < deadline_s:
        for message in log.next():
            _add_grouped(evidence, message, since_ms)


def reach(log: KafkaLog, evidence: Evidence) -> int:
    """From when on the history can be recounted: a day back, or as far as the topic has frames, and not too
    many of them; at least one window.

    Raises:
        KafkaAway: Kafka does not answer.
    """
    ends = sum(log.ends(log.edge(BY_PAGE, latest=True)).values())

    def frames(back_ms: int) -> int:
        places = log.since(BY_PAGE, evidence.began_ms - back_ms)
        return ends - sum(int(place.offset) for place in places)

    back_ms = PAST_MS
    while back_ms > evidence.window_ms and not frames(back_ms // 2) < frames(back_ms) <= MAX_PAST:
        back_ms //= 2
    return evidence.began_ms - max(back_ms, evidence.window_ms)


def _add_grouped(evidence: Evidence, message: Message, since_ms: int) -> None:
    partition, offset = _place(message)
    key, value = message.key() or b"", message.value()
    page = key.decode("utf-8", "replace")
    if value is None and is_of_history_alone(message.headers()):
        return
    logs = []
    if page in evidence.grids:
        logs.append(evidence.past.setdefault(page, PageLog(evidence.grid_size)))
        if message.timestamp()[1] >= since_ms:
            logs.append(evidence.logs.setdefault((partition, page), PageLog(evidence.grid_size)))
    if value is None:  # the page was forgotten
        for log in logs:
            log.forget(offset)
        return
    frame = read_frame(value) if page in evidence.grids else None
    readable = frame is not None or page not in evidence.grids
    source = _source(message) if readable else None
    is_counted = evidence.audit.add_grouped(partition, offset, key, value, source)
    if is_counted and frame and evidence.counts(frame):
        for log in logs:
            log.add(offset, frame)


def _source(message: Message) -> Source | None:
    """The source in `clickstream` that a record's headers name."""
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
            evidence.audit.add_dead_letter(origin[1], int(origin[2]), int(origin[3]))


def _place(message: Message) -> tuple[int, int]:
    return int(message.partition() or 0), int(message.offset() or 0)
