"""Counters as numbers in a dictionary."""

from prometheus_client import REGISTRY, generate_latest

from pageheat.services.runtime.fast_counter import FastCounter


def test_a_tally_is_exported_to_prometheus_as_a_labelled_counter() -> None:
    tally = FastCounter("pageheat_test_things", "Things", "kind")
    try:
        tally.by["large"] += 2
        tally.by["small"] += 1
        told = generate_latest().decode()
    finally:
        REGISTRY.unregister(tally)
    assert "# TYPE pageheat_test_things_total counter" in told
    assert 'pageheat_test_things_total{kind="large"} 2.0' in told
    assert 'pageheat_test_things_total{kind="small"} 1.0' in told
