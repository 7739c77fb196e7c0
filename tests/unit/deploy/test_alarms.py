"""Alarms fire when they should, and not before; the table in docs/operations.md is theirs."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from pageheat.alarms_table import PAGE, RULES, rules, written
from tests.support.promtool import promtool, unknown_in


class Case(NamedTuple):
    """A metric's values, one a minute, while all is well and then in trouble.

    Values are in promtool's notation: `0+30x90` are 0, 30, 60, … to the 90th. Calm values last half an hour.
    """

    series: str
    calm: str
    trouble: str
    fires_after_minutes: int


REFUSED = "pageheat_ingest_frames_refused_total"
UNCOUNTED = "pageheat_aggregator_events_uncounted_total"

CASES = {
    "PageheatNotReady": Case("pageheat_ready", "1x30", "0x90", 3),
    "PageheatDown": Case('up{job="pageheat"}', "1x30", "0x90", 3),
    "PageheatFramesLost": Case('pageheat_ingest_frames_lost_total{error="x"}', "7x30", "8x90", 1),
    "PageheatFramesWaiting": Case("pageheat_ingest_frames_buffered", "50000x30", "50001x90", 3),
    "PageheatFramesRefused": Case(f'{REFUSED}{{reason="busy"}}', "7x30", "8+1x90", 3),
    "PageheatBehind": Case("pageheat_lag_records", "10000x30", "10001x90", 3),
    "PageheatPartitionStands": Case("pageheat_broadcaster_clock_age_seconds", "10x30", "11x90", 3),
    "PageheatContradicted": Case("pageheat_broadcaster_records_contradicted_total", "7x30", "8x90", 3),
    "PageheatRecordsUnkept": Case("pageheat_broadcaster_records_unkept_total", "7x30", "8x90", 3),
    "PageheatDeadLetters": Case('pageheat_dead_letters_total{topic="clickstream"}', "7x30", "8x90", 3),
    "PageheatEventsLate": Case(f'{UNCOUNTED}{{reason="late"}}', "7x30", "8+1x90", 61),
    "PageheatEventsFuture": Case(f'{UNCOUNTED}{{reason="future"}}', "7x30", "8+1x90", 61),
    "PageheatTooManyPages": Case(f'{UNCOUNTED}{{reason="too_many_pages"}}', "7x30", "8+1x90", 61),
    "PageheatHistoryLost": Case("pageheat_history_records_lost_total", "7x30", "8x90", 1),
    "PageheatOriginRefused": Case(f'{REFUSED}{{reason="origin"}}', "7x30", "8+1x90", 3),
    "PageheatTooOften": Case(f'{REFUSED}{{reason="rate"}}', "0+60x30", "1800+120x90", 4),
    "PageheatSocketsRefused": Case("pageheat_ingest_sockets_refused_total", "7x30", "8+1x90", 3),
    "PageheatMalformed": Case(f'{REFUSED}{{reason="malformed"}}', "0+60x30", "1800+120x90", 4),
    "PageheatOtherTracker": Case(f'{REFUSED}{{reason="version"}}', "7x30", "8+1x90", 61),
}

APPEARING = [("PageheatFramesLost", Case('pageheat_ingest_frames_lost_total{error="x"}', "_x31", "5x90", 1))]
"""A series that is not there before its first value."""

STEPS = "pageheat_aggregator_step_late_seconds_bucket"
EACH_SERVICE = (
    "pageheat_ingest_sockets",
    "pageheat_group_by_records_buffered",
    "pageheat_aggregator_warm_pages",
    "pageheat_broadcaster_viewers",
)

OF_SEVERAL_SERIES = {
    "PageheatStepsLate": (
        [  # all steps are within a second, then a tenth is not
            (f'{STEPS}{{le="1"}}', "0+100x30 3000+90x90"),
            (f'{STEPS}{{le="2"}}', "0+100x30 3000+100x90"),
            (f'{STEPS}{{le="+Inf"}}', "0+100x30 3000+100x90"),
        ],
        4,
    ),
    "PageheatMissing": (
        [*((name, "0x120") for name in EACH_SERVICE[1:]), (EACH_SERVICE[0], "0x30 stale _x90")],
        3,
    ),
}

CALM_MINUTES = 30


def histories() -> list[tuple[str, list[tuple[str, str]], int]]:
    """Alarms, their series with all their values, and when they fire, minutes after trouble began."""
    of_one = [
        (name, [(case.series, f"{case.calm} {case.trouble}")], case.fires_after_minutes)
        for name, case in [*CASES.items(), *APPEARING]
    ]
    return of_one + [(name, series, after) for name, (series, after) in OF_SEVERAL_SERIES.items()]


def firing(alarm: str, minute: int, *, is_firing: bool) -> dict[str, Any]:
    return {
        "expr": f'count(ALERTS{{alertname="{alarm}", alertstate="firing"}})',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": "{}", "value": 1}] if is_firing else [],
    }


def test_each_alarm_has_a_history() -> None:
    assert {name for name, _, _ in histories()} == {rule["alert"] for rule in rules()}


def test_each_alarm_fires_in_trouble_and_at_no_other_time(tmp_path: Path) -> None:
    tests = []
    for alarm, series, after in histories():
        tests.append(
            {
                "name": alarm,
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "promql_expr_test": [
                    firing(alarm, CALM_MINUTES, is_firing=False),
                    firing(alarm, CALM_MINUTES + after - 1, is_firing=False),
                    firing(alarm, CALM_MINUTES + after + 1, is_firing=True),
                ],
            }
        )
    file = tmp_path / "tests.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", RULES)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alarm_is_about_metrics_and_labels_that_are_exported(rule: dict[str, Any]) -> None:
    assert unknown_in(rule["expr"]) == []
    assert rule["labels"]["severity"] in ("critical", "warning", "notice")


def test_the_table_of_alarms_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run make alarms"
