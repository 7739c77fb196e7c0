"""The checks of `pageheat doctor`, in order of importance. Pure.

Each takes a system and returns its findings: what is wrong, and the setting that changes it, or one PASS.
FAIL: visitors or analysts miss something now. WARN: they soon will, or somebody should know.
"""

from collections.abc import Callable, Iterable, Iterator

from pageheat.diagnosis.bounds import LIMITS, LOSSES, MISSING, PARTITIONS, REFUSALS, Counter
from pageheat.diagnosis.readings import System
from pageheat.services.checking.evidence import Finding, Outcome

Check = Callable[[System], list[Finding]]

NEAR = 0.8
"""From this share of a limit on, it is near."""

BEHIND_RECORDS = 10_000
"""As in the alarm: a second or two of a busy site."""

LATE_S = 1.0
"""As in the alarm: four steps."""

HEARTBEAT_S = 10.0
"""As in the alarm; after 3 s pages are marked as old."""

CLOCK_S, CLOCK_BROKEN_S = 3.0, 60.0
"""Clocks are read to the second. Events of a clock that is a minute ahead are not counted."""

BUSY_CORES = 0.85
"""A process's loop is one thread: from here on it waits for itself."""

MIN_REPLICATED_BROKERS = 3


def answers(system: System) -> list[Finding]:
    """Whether each process answers, lives and can work."""
    found = []
    for one in system.processes:
        if one.down and one.name == "history":
            found.append(
                Finding(
                    "processes", "WARN", f"{one} does not answer: {one.down}", "start it if you want a memory"
                )
            )
        elif one.down:
            port = f"{one.name.upper()}_PORT"
            found.append(
                Finding(
                    "processes",
                    "FAIL",
                    f"{one} does not answer: {one.down}",
                    f"start it; if it runs elsewhere, say where by --hosts or {port}",
                )
            )
        elif one.dead:
            found.append(Finding("processes", "FAIL", f"{one} hangs: {one.dead}", "restart it"))
        elif one.unready:
            found.append(
                Finding("processes", "FAIL", f"{one} cannot work: {one.unready}", "its log says more")
            )
    return found or _fine("processes", f"{len(system.processes)} answer, and all can work")


def kafka(system: System) -> list[Finding]:
    """Whether Kafka answers, has our topics, and keeps copies if it can."""
    if system.kafka_trouble:
        return [Finding("Kafka", "FAIL", system.kafka_trouble, "start it, or set KAFKA_BROKER")]
    found = [
        Finding(
            "Kafka",
            "FAIL",
            f"topic {topic}: {'; '.join(lines)}",
            "pageheat topics creates what is missing; change the rest in Kafka, or in topics.yaml",
        )
        for topic, lines in system.topics.items()
    ]
    copies = system.settings.get("KAFKA_REPLICATION", 1)
    if copies == 1 and system.brokers >= MIN_REPLICATED_BROKERS:
        found.append(
            Finding(
                "Kafka",
                "WARN",
                f"each record is on one of {system.brokers} brokers",
                "set KAFKA_REPLICATION=3, and give the topics as many replicas",
            )
        )
    return found or _fine("Kafka", "its topics are as listed")


def lag(system: System) -> list[Finding]:
    """Whether a service is behind, and whether it catches up."""
    found = []
    for one in system.answering("group_by", "aggregator", "broadcaster", "history"):
        unread, before = one.now("pageheat_lag_records"), one.before.sum("pageheat_lag_records")
        if unread <= BEHIND_RECORDS:
            continue
        advice = {
            "broadcaster": "give it more CPU",
            "history": "give it more CPU, or a ClickHouse server by CLICKHOUSE_URL and several of it",
        }.get(one.name, f"run more of it, up to {PARTITIONS}, each with a GROUP_INSTANCE_ID of its own")
        if unread < before:
            said = f"{one} has {unread:,.0f} unread records, and catches up"
            found.append(Finding("lag", "WARN", said, "wait"))
        else:
            found.append(
                Finding("lag", "FAIL", f"{one} has {unread:,.0f} unread records, and they grow", advice)
            )
    return found or _fine("lag", f"nobody has more than {BEHIND_RECORDS:,} unread records")


def lateness(system: System) -> list[Finding]:
    """Whether grids come in time."""
    found = []
    for one in system.answering("aggregator"):
        late_s = one.quantile(0.99, "pageheat_aggregator_step_late_seconds")
        if late_s > LATE_S:
            advice = "run more aggregators, each with a GROUP_INSTANCE_ID of its own, or raise STEP_MS"
            found.append(
                Finding("lateness", "FAIL", f"{one}: 1 of 100 steps is late by {late_s:g} s or more", advice)
            )
    for one in system.answering("broadcaster"):
        age_s = one.now("pageheat_broadcaster_clock_age_seconds")
        if age_s > HEARTBEAT_S:
            found.append(
                Finding(
                    "lateness",
                    "FAIL",
                    f"{one}: a partition was counted {age_s:.0f} s ago, and its pages do not change",
                    "start an aggregator; if all run, see their lag and SESSION_TIMEOUT_MS",
                )
            )
    return found or _fine("lateness", "steps and heartbeats are in time")


def connections(system: System) -> list[Finding]:
    """Whether visitors find room: sockets, and open files."""
    found = []
    most = system.settings.get("MAX_SOCKETS", 0)
    for one in system.answering("ingest"):
        open_, refused = (
            one.highest("pageheat_ingest_sockets"),
            one.rate("pageheat_ingest_sockets_refused_total"),
        )
        advice = "raise INGEST_WORKERS, run more ingests, or raise MAX_SOCKETS as far as the open files allow"
        if refused:
            said = f"{one} refuses {refused:.1f} WebSockets a second; their trackers send by HTTP"
            found.append(Finding("connections", "FAIL", said, advice))
        elif most and open_ >= NEAR * most:
            said = f"{one} has {open_:,.0f} of {most:,} WebSockets (MAX_SOCKETS) in one process"
            found.append(Finding("connections", "WARN", said, advice))
    for one in system.answering():
        files, limit = one.highest("process_open_fds"), one.highest("process_max_fds")
        if limit and files >= NEAR * limit:
            said = f"{one} has {files:,.0f} of {limit:,.0f} files open"
            found.append(
                Finding("connections", "WARN", said, "raise the limit of open files (LimitNOFILE, ulimit -n)")
            )
    return found or _fine("connections", "there is room for more")


def clocks(system: System) -> list[Finding]:
    """Whether the clocks agree; they are read to the second."""
    ahead = {one: one.clock_ahead_s for one in system.answering() if one.clock_ahead_s is not None}
    if not ahead or max(ahead.values()) - min(ahead.values()) < CLOCK_S:
        return _fine("clocks", "they agree to some seconds")
    first, last = max(ahead, key=ahead.__getitem__), min(ahead, key=ahead.__getitem__)
    apart_s = ahead[first] - ahead[last]
    outcome: Outcome = "FAIL" if apart_s >= CLOCK_BROKEN_S else "WARN"
    said = f"that of {first} is {apart_s:.0f} s ahead of that of {last}"
    return [Finding("clocks", outcome, said, "synchronize them (NTP)")]


def limits(system: System) -> list[Finding]:
    """Whether something that is bounded is nearly full."""
    found = []
    for limit in LIMITS:
        for one in system.answering(limit.process):
            has = one.highest(limit.metric)
            if has >= NEAR * limit.most:
                outcome: Outcome = "FAIL" if has >= limit.most else "WARN"
                said = f"{one}: {has:,.0f} {limit.what}; the limit is {limit.most:,.0f}"
                found.append(Finding("limits", outcome, said, limit.advice))
    return found or _fine("limits", "nothing is nearly full")


def processor(system: System) -> list[Finding]:
    """Whether a process has no CPU left: its loop is one thread."""
    found = []
    advice = {
        "ingest": "raise INGEST_WORKERS, or run more ingests",
        "heatmap": "run more of it behind a load balancer",
        "history": "run several, with CLICKHOUSE_URL",
        "broadcaster": "run more of it behind a load balancer",
    }
    of_groups = f"run more of it, up to {PARTITIONS}, each with a GROUP_INSTANCE_ID of its own"
    for one in system.answering():
        workers = max(1, len(one.after.of("process_cpu_seconds_total")))
        cores = one.rate("process_cpu_seconds_total") / workers
        if cores >= BUSY_CORES:
            found.append(
                Finding("CPU", "WARN", f"{one} takes {cores:.2f} cores", advice.get(one.name, of_groups))
            )
    return found or _fine("CPU", f"every process takes less than {BUSY_CORES:g} cores")


def viewers(system: System) -> list[Finding]:
    """Whether viewers get what they watch."""
    found = []
    for one in system.answering("broadcaster"):
        sent = one.rate("pageheat_broadcaster_messages_sent_total")
        skipped = one.rate("pageheat_broadcaster_grids_dropped_total")
        if skipped > sent:
            said = f"{one}: slow viewers skip more grids ({skipped:.1f} a second) than they get ({sent:.1f})"
            found.append(Finding("viewers", "WARN", said, "see its CPU and its network, or raise STEP_MS"))
    return found or _fine("viewers", "they get the grids that they watch")


def history(system: System) -> list[Finding]:
    """Whether the history answers what it is asked."""
    found = []
    for one in system.answering("history"):
        for reason, advice in {
            "failed": "its log has the database's reason",
            "limit": "ask for a shorter range, or give it a ClickHouse server by CLICKHOUSE_URL",
            "busy": "ask less often, or give it a ClickHouse server by CLICKHOUSE_URL",
        }.items():
            count = one.now("pageheat_history_unanswered_total", reason=reason)
            if count:
                said = f"{one}: {count:.0f} questions since its start without an answer ({reason})"
                found.append(Finding("history", "WARN", said, advice))
    if not any(system.answering("history")):
        return _fine("history", "none answers, so there is nothing to check")
    return found or _fine("history", "it answers what it is asked")


def dead_letters(system: System) -> list[Finding]:
    """Whether another program writes to our topics."""
    count = sum(one.now("pageheat_dead_letters_total") for one in system.answering())
    if not count:
        return _fine("dead letters", "there are none since the start")
    return [
        Finding(
            "dead letters",
            "WARN",
            f"{count:.0f} unreadable records since the start",
            "pageheat dead-letters lists them",
        )
    ]


def versions(system: System) -> list[Finding]:
    """Whether all processes are of one version."""
    of = {str(one): one.after.values_of_label("pageheat_build_info", "version") for one in system.answering()}
    all_ = sorted({version for found in of.values() for version in found})
    if len(all_) < 2:
        return _fine("versions", f"all are of version {all_[0]}" if all_ else "unknown")
    newest = all_[-1]
    older = ", ".join(name for name, found in of.items() if found != [newest])
    return [
        Finding(
            "versions",
            "WARN",
            f"{' and '.join(all_)} run together",
            f"upgrade {older}; readers before writers",
        )
    ]


def _grown(name: str, counters: Iterable[Counter], system: System) -> Iterator[Finding]:
    """What grows while it is watched, and what has, since the start of a process."""
    for counter in counters:
        for one in system.answering():
            rate = one.rate(counter.metric, **counter.labels)
            if rate > counter.least_per_s:
                outcome: Outcome = "FAIL" if counter.fails else "WARN"
                yield Finding(name, outcome, f"{one}: {counter.what}, {rate:.1f} a second", counter.advice)
            elif counter.fails and (total := one.now(counter.metric, **counter.labels)):
                said = f"{one}: {counter.what}, {total:,.0f} since its start, none now"
                yield Finding(name, "WARN", said, counter.advice)


def _counting(name: str, counters: Iterable[Counter], fine: str) -> Check:
    return lambda system: [*_grown(name, counters, system)] or _fine(name, fine)


def _fine(name: str, detail: str) -> list[Finding]:
    return [Finding(name, "PASS", detail)]


CHECKS: tuple[Check, ...] = (
    answers,
    kafka,
    _counting("losses", LOSSES, "nothing was lost"),
    lateness,
    lag,
    connections,
    clocks,
    limits,
    _counting("counting", MISSING, "all events are counted"),
    _counting("refusals", REFUSALS, "clients are refused nothing"),
    processor,
    viewers,
    history,
    dead_letters,
    versions,
)

OUTCOMES = ("FAIL", "WARN", "PASS")


def diagnosed(system: System) -> list[Finding]:
    """All findings: what fails first, then what may, then what is well; within each as listed.

    Where no process answers, nothing is known but that.
    """
    checks = CHECKS if any(system.answering()) else (answers, kafka)
    found = [finding for check in checks for finding in check(system)]
    return sorted(found, key=lambda finding: OUTCOMES.index(finding.outcome))
