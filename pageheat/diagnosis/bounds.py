"""What a system's metrics should not do: reach a limit, or grow; and what to do then. Tables alone."""

from typing import NamedTuple

REFUSED_PER_S = 1.0
"""As in the alarms: single refusals are no trouble."""

PARTITIONS = 12
"""Of the topics, in topics.yaml: as many instances can share the work."""

MAX_PAGES, MAX_ELEMENTS = 30_000, 50_000
"""Of one partition, in the aggregator."""

MAX_BUFFERED = 100_000
"""Frames that an ingest keeps while Kafka is away."""


class Limit(NamedTuple):
    """A gauge with a limit, both of one process or worker."""

    process: str
    metric: str
    most: float
    what: str
    advice: str


LIMITS = (
    Limit(
        "ingest",
        "pageheat_ingest_frames_buffered",
        MAX_BUFFERED,
        "frames wait for Kafka",
        "Kafka is too slow or away: look at its log and its disk; more ingests only wait longer",
    ),
    Limit(
        "aggregator",
        "pageheat_aggregator_warm_pages",
        MAX_PAGES * PARTITIONS,
        "pages are warm",
        "set PATH_MASKS so that paths with an id are one page, and name your origins in ORIGINS, not *",
    ),
    Limit(
        "aggregator",
        "pageheat_aggregator_elements",
        MAX_ELEMENTS * PARTITIONS,
        "elements have events",
        "set PATH_MASKS; clicks on further elements are counted for their pages alone",
    ),
    Limit(
        "history",
        "pageheat_history_events_pending",
        1_500_000,
        "events wait to be stored",
        "the database is too slow: look at the history's log, and at its disk",
    ),
)


class Counter(NamedTuple):
    """What should not grow, and what to do if it does. `fails`: events or grids are missing because of it."""

    metric: str
    labels: dict[str, str]
    least_per_s: float
    fails: bool
    what: str
    advice: str


LOSSES = (
    Counter(
        "pageheat_ingest_frames_lost_total",
        {},
        0,
        True,
        "accepted frames are lost",
        "Kafka was away for more than five minutes, or refuses them: ingest's log says which",
    ),
    Counter(
        "pageheat_ingest_frames_refused_total",
        {"reason": "busy"},
        0,
        True,
        "frames are refused, as ingest's buffer is full",
        "Kafka is too slow or away: look at its log and its disk",
    ),
    Counter(
        "pageheat_aggregator_records_lost_total",
        {},
        0,
        True,
        "records were not taken by Kafka",
        "the aggregator's log has Kafka's reason",
    ),
    Counter(
        "pageheat_history_records_lost_total",
        {},
        0,
        True,
        "records were deleted by Kafka before the history stored them",
        "keep the history running, or raise retention_ms of clickstream-group-by-page in topics.yaml",
    ),
    Counter(
        "pageheat_broadcaster_records_unkept_total",
        {},
        0,
        True,
        "grids are not shown, as there are more than 128 MB of them",
        "set PATH_MASKS so that paths with an id are one page, or a smaller GRID_SIZE",
    ),
)

REFUSALS = (
    Counter(
        "pageheat_ingest_frames_refused_total",
        {"reason": "rate"},
        REFUSED_PER_S,
        False,
        "frames are refused, as one client or one address sends too many",
        "behind a proxy set TRUSTED_PROXIES; for a large office raise ADDRESS_FRAMES_PER_S",
    ),
    Counter(
        "pageheat_ingest_frames_refused_total",
        {"reason": "origin"},
        0,
        False,
        "frames of pages of an origin are refused that no setting names",
        "if they are yours (ingest's log names them), add their origin to SITES or ORIGINS",
    ),
    Counter(
        "pageheat_ingest_frames_refused_total",
        {"reason": "malformed"},
        REFUSED_PER_S,
        False,
        "frames are unreadable",
        "an old tracker in a cache, or somebody probing: nothing is at risk",
    ),
    Counter(
        "pageheat_strangers_refused_total",
        {"reason": "host"},
        0,
        False,
        "requests by an unknown name are refused",
        "if it is yours (the log names it), set HEATMAP_URL and BROADCASTER_URL to it, or ALLOWED_HOSTS",
    ),
)

UNCOUNTED = "pageheat_aggregator_events_uncounted_total"

MISSING = (
    Counter(
        UNCOUNTED,
        {"reason": "late"},
        0,
        False,
        "events come after their window",
        "see the lag above; if there is none, synchronize the clocks of ingests and aggregators (NTP)",
    ),
    Counter(
        UNCOUNTED,
        {"reason": "future"},
        0,
        True,
        "events come from the future",
        "synchronize the clocks of ingests and aggregators (NTP): they differ by more than a minute",
    ),
    Counter(
        UNCOUNTED,
        {"reason": "too_many_pages"},
        0,
        True,
        "events are on pages beyond the limit",
        "set PATH_MASKS so that paths with an id are one page, and name your origins in ORIGINS, not *",
    ),
    Counter(
        "pageheat_aggregator_events_unnamed_total",
        {},
        0,
        False,
        "events are on elements beyond the limit, and are counted for their pages alone",
        "set PATH_MASKS, or mark generated elements less finely",
    ),
    Counter(
        "pageheat_ingest_attributes_other_total",
        {},
        0,
        False,
        "attributes of page views are stored as other",
        "leave out of SEGMENTS what has too many values",
    ),
    Counter(
        "pageheat_group_by_frames_unwatched_total",
        {},
        0,
        False,
        "frames are not checked for duplicates: there are more than 15,000 sessions in a partition",
        "raise the partitions in topics.yaml, and run more group_bys",
    ),
)
