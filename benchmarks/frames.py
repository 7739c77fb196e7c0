"""What does a record cost `aggregator`, and what does each event in it cost?

Frames of 1, 4, 10 and 40 events, 1 % of them clicks on an element, as live records of one partition, measured
as in `window`. The time includes publishing the grids of 40 hot pages four times a second, and the wait for
the last step. Each page's last grid is recounted.

Reference: a Quix Streams application with the library's settings that decodes the same records with the same
deserializer and drops them, from its first record to its last. Moves are packed, so it makes no object of any
of them: the bytes that it drops are what aggregator goes on to unpack, bin and count.

Kafka runs on the same machine; "one core" uses the CPU time of the measured process only. From a page that
nobody watches, our tracker sends up to 16 moves a frame; frames of 40 come after a network pause.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from quixstreams import Application
from quixstreams.models import Deserializer

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka
from benchmarks.window import Taken, counted, records
from pageheat.services.contract.records import Frame, decode_frame
from pageheat.services.contract.topics import BY_PAGE

RECORDS = {1: 500_000, 4: 400_000, 10: 300_000, 40: 120_000}
"""Events per frame → records: about 3 s of work each; the wait for the last step adds 125 ms on average."""

LARGEST = max(RECORDS)
CLICKS = 0.01


class FrameDeserializer(Deserializer):
    """Decodes frames as `aggregator` does; calls back with the running number of each."""

    def __init__(self, each: Callable[[int], object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._each = each
        self._count = 0

    def __call__(self, value: bytes, ctx: Any) -> Frame:
        self._count += 1
        self._each(self._count)
        return decode_frame(value)


def drop(broker: str, count: int, answer: Connection) -> None:
    """Run the reference in its own process; send the time that `count` records took."""
    began: list[float] = []

    def each(number: int) -> None:
        if number == 1:
            began.extend((time.perf_counter(), time.process_time()))
        if number == count:
            app.stop()

    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder:
        app = Application(
            broker,
            consumer_group="drop",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            state_dir=folder,
            loglevel=None,
        )
        topic = app.topic(BY_PAGE, key_deserializer="bytes", value_deserializer=FrameDeserializer(each))
        app.dataframe(topic)
        app.run()
    began_s, began_core_s = began
    answer.send(Taken(time.perf_counter() - began_s, time.process_time() - began_core_s))


def dropped(broker: str, count: int) -> Taken:
    """Measure the reference."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=drop, args=(broker, count, there), daemon=True)
    process.start()
    there.close()  # so recv fails if the process ends without an answer
    taken = here.recv()
    process.join()
    assert isinstance(taken, Taken)
    return taken


def frames_of(events: int, _: Context) -> Values:
    """Measure aggregator and the reference with the same records."""
    count = RECORDS[events]
    with kafka() as broker:
        ours = counted(broker, records(count, events, clicks=CLICKS))
        theirs = dropped(broker, count)
    return {
        name(events): count / ours.clock_s,
        one_core(name(events)): count / ours.core_s,
        reference(events): count / theirs.clock_s,
        one_core(reference(events)): count / theirs.core_s,
        in_events(events): count * events / ours.clock_s,
        one_core(in_events(events)): count * events / ours.core_s,
    }


def name(events: int) -> str:
    return f"frames of {events}"


def in_events(events: int) -> str:
    return f"events in frames of {events}"


def reference(events: int) -> str:
    return f"Quix Streams, frames of {events}"


def one_core(row: str) -> str:
    return f"{row}, one core"


BENCHMARK = Benchmark(
    question="Records of 1 to 40 events, decoded and counted",
    cases={name(events): partial(frames_of, events) for events in RECORDS},
    rows=[
        *(Row(name(events), "frames/s", reference(events), at_least=0.8) for events in RECORDS),
        *(Row(one_core(name(events)), "frames/s", one_core(reference(events))) for events in RECORDS),
        *(Row(reference(events), "frames/s") for events in RECORDS),
        *(Row(one_core(reference(events)), "frames/s") for events in RECORDS),
        Row(in_events(1), "events/s"),
        *(Row(in_events(events), "events/s", in_events(1)) for events in RECORDS if 1 < events < LARGEST),
        Row(in_events(LARGEST), "events/s", in_events(1), at_least=12),
        Row(one_core(in_events(1)), "events/s"),
        Row(one_core(in_events(LARGEST)), "events/s", one_core(in_events(1))),
    ],
    rounds=3,
)
