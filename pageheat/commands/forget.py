"""`pageheat forget`: delete all that Kafka keeps up to now: frames, grids and dead letters."""

import argparse

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from pageheat.kafka_log import KafkaAway
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S, require

HELP = "delete what Kafka keeps of all visitors up to now"

NEXT = """\
Start the aggregators again: they count anew. Grids that are shown cool within WINDOW_SECONDS, or change with
the next visit. Nobody can read what is deleted; it is off Kafka's disk when its segments are closed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether it is meant."""
    parser.add_argument("--yes", action="store_true", help="delete it; else only say how much there is")


def run(arguments: argparse.Namespace) -> int:
    """0 when all is deleted, 1 when it only was said how much there is.

    Raises:
        WrongTopics: a topic is missing.
        KafkaAway: Kafka refuses.
    """
    settings = Settings.load()
    specs = read_specs()
    require(settings.kafka_broker, settings.kafka_replication, list(specs))
    admin = Admin(settings.kafka_broker)
    places = [TopicPartition(name, p) for name, spec in specs.items() for p in range(spec.partitions)]
    try:
        begins = _offsets(admin, places, OffsetSpec.earliest())
        ends = _offsets(admin, places, OffsetSpec.latest())
        if arguments.yes:
            wanted = [TopicPartition(*place, offset) for place, offset in ends.items()]
            for answer in admin.delete_records(wanted, request_timeout=KAFKA_TIMEOUT_S).values():
                answer.result()
    except KafkaException as error:
        raise KafkaAway(f"Kafka does not delete records: {error.args[0].str()}") from None
    for name in specs:
        count = sum(ends[place] - begins[place] for place in ends if place[0] == name)
        print(f"{name}: {count:,} records{' deleted' if arguments.yes else ''}")
    print(NEXT if arguments.yes else "nothing is deleted without --yes")
    return 0 if arguments.yes else 1


def _offsets(admin: Admin, places: list[TopicPartition], spec: OffsetSpec) -> dict[tuple[str, int], int]:
    """The offset of each place, by topic and partition."""
    answers = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=KAFKA_TIMEOUT_S)
    return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}
