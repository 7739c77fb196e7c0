"""What `pageheat doctor` says of a system, by its metrics."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pageheat.diagnosis import bounds, checks
from pageheat.diagnosis.checks import CHECKS, diagnosed
from pageheat.diagnosis.readings import Process, Samples, System
from pageheat.services.checking.evidence import Finding
from pageheat.services.runtime.settings import AllSettings
from tests.support.metrics import exported

NAMES = ("ingest", "group_by", "aggregator", "broadcaster", "heatmap")
BUILD = 'pageheat_build_info{version="1.0.0"} 1\n'
SECONDS = 10
STEPS = "pageheat_aggregator_step_late_seconds_bucket"


def process(name: str, before: str = "", after: str = "", **fields: object) -> Process:
    """A process whose metrics were so, and are so after SECONDS."""
    samples = (Samples.parse(BUILD + text + "\n") for text in (before, after))
    made = Process(name, "127.0.0.1:1", before=next(samples), after=next(samples), seconds=SECONDS)
    return replace(made, **{"clock_ahead_s": 0} | fields)  # type: ignore[arg-type]


def system(*changed: Process, **fields: object) -> System:
    """A system that is well but for these processes."""
    others = [process(name) for name in NAMES if name not in {one.name for one in changed}]
    made = System([*changed, *others], settings={"MAX_SOCKETS": 100, "KAFKA_REPLICATION": 1})
    return replace(made, **fields)  # type: ignore[arg-type]


def wrong(system: System) -> list[Finding]:
    return [finding for finding in diagnosed(system) if finding.outcome != "PASS"]


def test_a_system_that_is_well_passes_every_check() -> None:
    found = diagnosed(system())
    assert [finding.outcome for finding in found] == ["PASS"] * len(CHECKS)


def counter(name: str, metric: str, after: str = "5", before: str = "0") -> Process:
    return process(name, f"{metric} {before}", f"{metric} {after}")


INGEST_REFUSED = 'pageheat_ingest_frames_refused_total{reason="%s"}'
UNCOUNTED = 'pageheat_aggregator_events_uncounted_total{reason="%s"}'

TROUBLES = {
    "a process that does not answer": (process("ingest", down="Connection refused"), "FAIL", "INGEST_PORT"),
    "a history that does not answer": (process("history", down="Connection refused"), "WARN", "start it"),
    "a process that hangs": (process("group_by", dead="stood still"), "FAIL", "restart it"),
    "a process that cannot work": (process("group_by", unready="Kafka is away"), "FAIL", "log"),
    "lost frames": (counter("ingest", 'pageheat_ingest_frames_lost_total{error="x"}'), "FAIL", "log"),
    "frames that were lost once": (
        counter("ingest", 'pageheat_ingest_frames_lost_total{error="x"}', before="5"),
        "WARN",
        "log",
    ),
    "a full buffer": (counter("ingest", INGEST_REFUSED % "busy"), "FAIL", "Kafka"),
    "a buffer that fills": (counter("ingest", "pageheat_ingest_frames_buffered", "90000"), "WARN", "Kafka"),
    "a backlog that grows": (
        counter("aggregator", "pageheat_lag_records", "20000"),
        "FAIL",
        "GROUP_INSTANCE_ID",
    ),
    "a backlog that shrinks": (
        counter("aggregator", "pageheat_lag_records", "20000", "30000"),
        "WARN",
        "wait",
    ),
    "late steps": (
        process(
            "aggregator", "", f'{STEPS}{{le="1.0"}} 90\n{STEPS}{{le="2.5"}} 100\n{STEPS}{{le="+Inf"}} 100'
        ),
        "FAIL",
        "STEP_MS",
    ),
    "a partition that stands": (
        counter("broadcaster", "pageheat_broadcaster_clock_age_seconds", "11"),
        "FAIL",
        "SESSION_TIMEOUT_MS",
    ),
    "many sockets": (counter("ingest", "pageheat_ingest_sockets", "80"), "WARN", "INGEST_WORKERS"),
    "refused sockets": (
        counter("ingest", "pageheat_ingest_sockets_refused_total"),
        "FAIL",
        "MAX_SOCKETS",
    ),
    "open files": (process("heatmap", "", "process_open_fds 90\nprocess_max_fds 100"), "WARN", "ulimit"),
    "a clock that differs": (process("ingest", clock_ahead_s=-9), "WARN", "NTP"),
    "a clock that is wrong": (process("ingest", clock_ahead_s=90), "FAIL", "NTP"),
    "late events": (counter("aggregator", UNCOUNTED % "late"), "WARN", "clocks"),
    "events of the future": (counter("aggregator", UNCOUNTED % "future"), "FAIL", "clocks"),
    "too many pages": (counter("aggregator", UNCOUNTED % "too_many_pages"), "FAIL", "PATH_MASKS"),
    "warm pages near the limit": (
        counter("aggregator", "pageheat_aggregator_warm_pages", "350000"),
        "WARN",
        "PATH_MASKS",
    ),
    "one address for all": (
        counter("ingest", INGEST_REFUSED % "rate", "20"),
        "WARN",
        "TRUSTED_PROXIES",
    ),
    "an unknown origin": (counter("ingest", INGEST_REFUSED % "origin"), "WARN", "ORIGINS"),
    "an unknown name": (
        counter("broadcaster", 'pageheat_strangers_refused_total{reason="host"}'),
        "WARN",
        "ALLOWED_HOSTS",
    ),
    "a full core": (counter("ingest", "process_cpu_seconds_total", "9"), "WARN", "INGEST_WORKERS"),
    "viewers that are too slow": (
        counter("broadcaster", "pageheat_broadcaster_grids_dropped_total"),
        "WARN",
        "STEP_MS",
    ),
    "dead letters": (counter("group_by", 'pageheat_dead_letters_total{topic="x"}'), "WARN", "dead-letters"),
    "unanswered questions": (
        counter("history", 'pageheat_history_unanswered_total{reason="limit"}'),
        "WARN",
        "CLICKHOUSE_URL",
    ),
}


@pytest.mark.parametrize(("changed", "outcome", "advice"), TROUBLES.values(), ids=TROUBLES)
def test_of_a_trouble_there_is_one_finding_with_what_to_do(
    changed: Process, outcome: str, advice: str
) -> None:
    (finding,) = wrong(system(changed))
    assert finding.outcome == outcome
    assert advice in finding.advice
    assert changed.name in finding.detail or finding.name == "dead letters"


def test_nothing_is_said_of_answers_where_no_history_answers() -> None:
    (found,) = (one for one in diagnosed(system()) if one.name == "history")
    assert (found.outcome, found.detail) == ("PASS", "none answers, so there is nothing to check")


def test_two_workers_are_each_compared_with_a_limit() -> None:
    both = "\n".join(f'pageheat_ingest_sockets{{worker="{number}"}} 60' for number in (1, 2))
    assert wrong(system(process("ingest", both, both))) == []


def test_a_restarted_process_counts_anew() -> None:
    assert counter("ingest", "pageheat_ingest_sockets_refused_total", "5", "1000").rate(
        "pageheat_ingest_sockets_refused_total"
    ) == pytest.approx(5 / SECONDS)


def test_kafkas_trouble_is_one_finding() -> None:
    (finding,) = wrong(system(kafka_trouble="no Kafka at KAFKA_BROKER=x"))
    assert (finding.outcome, finding.name) == ("FAIL", "Kafka")


def test_a_topic_that_differs_is_named() -> None:
    (finding,) = wrong(system(topics={"heatmap": ["partitions is 1, listed 12"]}))
    assert finding.detail == "topic heatmap: partitions is 1, listed 12"


def test_a_cluster_without_copies_is_named() -> None:
    (finding,) = wrong(system(brokers=3))
    assert (finding.outcome, finding.advice[:23]) == ("WARN", "set KAFKA_REPLICATION=3")


def test_an_older_process_is_named() -> None:
    older = replace(process("ingest"), after=Samples.parse('pageheat_build_info{version="0.9.0"} 1\n'))
    (finding,) = wrong(system(older))
    assert finding.detail == "0.9.0 and 1.0.0 run together"
    assert finding.advice.startswith("upgrade ingest (127.0.0.1:1)")


def test_where_nobody_answers_nothing_else_is_said_to_be_well() -> None:
    found = diagnosed(system(*(process(name, down="Connection refused") for name in NAMES)))
    assert {finding.name for finding in found} == {"processes", "Kafka"}


def test_what_fails_comes_first() -> None:
    found = diagnosed(system(*(TROUBLES[name][0] for name in ("dead letters", "lost frames"))))
    outcomes = [finding.outcome for finding in found]
    assert outcomes == ["FAIL", "WARN", *["PASS"] * (len(CHECKS) - 2)]


SOURCE = "".join(Path(str(each.__file__)).read_text(encoding="utf-8") for each in (bounds, checks))


def test_checks_are_about_metrics_that_are_exported() -> None:
    assert set(re.findall(r"pageheat_[a-z_]+", SOURCE)) <= exported()


def test_advice_names_settings_that_there_are() -> None:
    advised = re.sub(r"\{[^}]*\}", "", " ".join(re.findall(r'"([^"\n]*)"', SOURCE)))
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", advised))
    assert len(named) > 12
    assert named <= {name.upper() for name in AllSettings.model_fields}
