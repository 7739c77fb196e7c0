"""How many frames per second does `group_by` forward to their pages?

300,000 frames of 3,000 visitors on 40 pages, one or two events each, spread over all twelve partitions of
`clickstream`; 1 % are followed by a duplicate, as from a tracker that got no acknowledgement. They become
visible all at once to a waiting process; the time runs until the last is on `clickstream-group-by-page`.
Then each must be there once, with the same bytes, in the partition that Kafka's hash gives its page, with
its source in the headers; duplicates must not.

Reference: a Quix Streams application with the library's settings that forwards the same records under their
own key without decoding them.

Kafka runs on the same machine and slows both alike; "one core" excludes it, as it uses the CPU time of the
measured process only. Not shown: several members, and a broker on another machine.
"""

import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from confluent_kafka import Message, Producer
from quixstreams import Application

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka, new_topic
from benchmarks.made import made
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import Page, Size, encode
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM
from pageheat.services.runtime.cluster import Cluster
from tests.support.system import running

VISITORS, PAGES, FRAMES = 3_000, 40, 300_000
RESENT_EACH = 100
PARTITIONS = 12
BY_KEY = -1
"""As `fill`'s partition: the client hashes the key."""

OURS, REFERENCE = "group_by", "Quix Streams, bytes unread"


def records(count: int) -> Iterator[Record]:
    """Yield what trackers sent, as ingest writes it."""
    random_, now_ms = random.Random(6), int(time.time() * 1000)
    pages = [Page(f"/things/{i}", Size(1265, 4210), Size(1280, 720)) for i in range(PAGES)]
    for number in range(count):
        seq, visitor = divmod(number, VISITORS)
        moves = [
            (random_.randrange(1265), random_.randrange(4210), random_.randrange(250))
            for _ in range(1 + number % 2)
        ]
        page, session = pages[(visitor + seq // 20) % PAGES], f"visitor-{visitor:014}"
        record: Record = (
            session.encode(),
            encode(made(now_ms + seq * 250, page, session, seq, moves)),
            [],
        )
        yield record
        if number % RESENT_EACH == 0:
            yield record


@contextmanager
def group_by(broker: str) -> Iterator[int]:
    """Run group_by; yields its process id."""
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=broker), Path(folder)) as system,
    ):
        yield system.start("group_by").wait_until_healthy().pid


@contextmanager
def reference(broker: str) -> Iterator[int]:
    """Run the reference; yields its process id."""
    process = multiprocessing.get_context("spawn").Process(target=pass_on, args=(broker,), daemon=True)
    process.start()
    try:
        yield process.pid or 0
    finally:
        process.terminate()
        process.join()


def pass_on(broker: str) -> None:
    """Run the reference until terminated."""
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder:
        app = Application(
            broker,
            consumer_group="passing-on",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            state_dir=folder,
        )
        source = app.topic(CLICKSTREAM, key_deserializer="bytes", value_deserializer="bytes")
        app.dataframe(source).to_topic(app.topic(BY_PAGE, key_serializer="bytes", value_serializer="bytes"))
        app.run()


def measured(
    name: str,
    process: Callable[[str], AbstractContextManager[int]],
    *,
    drops_resends: bool,
    check: Callable[[str, KafkaLog], None],
) -> Values:
    """Measure how many frames per second a process reads and forwards."""
    with kafka() as broker, closing(KafkaLog(Cluster(broker))) as log, process(broker) as pid:
        # one extra frame: once it is forwarded, the process is reading
        fill(broker, CLICKSTREAM, [(b"first", next(records(1))[1].replace(b"visitor-", b"first---"), [])])
        places = log.edge(BY_PAGE, latest=False)

        def wait_for(count: int) -> None:
            while sum(log.ends(places).values()) < count:
                time.sleep(0.1)

        wait_for(1)
        began: list[float] = []
        read = fill(
            broker,
            CLICKSTREAM,
            records(FRAMES),
            BY_KEY,
            lambda: began.extend((time.perf_counter(), cpu_s(pid))),
        )
        wait_for(1 + (FRAMES if drops_resends else read))
        took_s, took_cpu_s = time.perf_counter() - began[0], cpu_s(pid) - began[1]
        check(broker, log)
    return {name: read / took_s, on_one_core(name): read / took_cpu_s}


def on_one_core(name: str) -> str:
    return f"{name}, one core"


def check_pages(broker: str, log: KafkaLog) -> None:
    """Assert that each frame is in its page's partition, once."""
    firsts: dict[bytes, Message] = {}
    for message in all_of(log, CLICKSTREAM):
        firsts.setdefault(message.value(), message)
    hashed = partitions_of(broker, (f"/things/{i}".encode() for i in range(PAGES)))
    for message in all_of(log, BY_PAGE):
        source = firsts.pop(message.value())
        assert message.key() == json.loads(message.value())["page"]["path"].encode()
        assert message.partition() == hashed[message.key()]
        assert message.timestamp()[1] == source.timestamp()[1]
        place = b"%d" % source.partition(), b"%d" % source.offset()
        assert message.headers() == list(zip(("source.partition", "source.offset"), place, strict=True))
    assert not firsts


def check_count(_: str, log: KafkaLog) -> None:
    """Assert that all records were forwarded."""
    assert sum(1 for _ in all_of(log, BY_PAGE)) == sum(1 for _ in all_of(log, CLICKSTREAM))


def all_of(log: KafkaLog, topic: str) -> Iterator[Message]:
    """Yield a topic's records."""
    places = log.edge(topic, latest=False)
    log.assign(places)
    return log.up_to(log.ends(places))


def partitions_of(broker: str, keys: Iterable[bytes]) -> dict[bytes, int]:
    """Ask a client with Kafka's murmur2 partitioner for the partition of each key."""
    topic, found = new_topic(broker, "keys", PARTITIONS), dict[bytes, int]()
    producer = Producer({"bootstrap.servers": broker, "partitioner": "murmur2"})
    for key in keys:
        producer.produce(
            topic, b"", key, on_delivery=lambda _, sent: found.update({sent.key(): sent.partition()})
        )
    assert producer.flush(30) == 0
    return found


def _ours(_: Context) -> Values:
    return measured(OURS, group_by, drops_resends=True, check=check_pages)


def _reference(_: Context) -> Values:
    return measured(REFERENCE, reference, drops_resends=False, check=check_count)


BENCHMARK = Benchmark(
    "How many frames a second does group_by send on to their page?",
    {"reference": _reference, "group_by": _ours},
    [
        Row(REFERENCE, "frames/s"),
        Row(OURS, "frames/s", REFERENCE, at_least=0.8),
        Row(on_one_core(REFERENCE), "frames/s"),
        Row(on_one_core(OURS), "frames/s", on_one_core(REFERENCE), at_least=0.8),
    ],
)
