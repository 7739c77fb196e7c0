"""`pageheat forget`: deletes all records in Kafka up to now: frames, grids and dead letters."""

import argparse

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from pageheat.broker import KafkaAway, require_kafka
from pageheat.plural import counted
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S, require

HELP = "delete all records of visitors from Kafka, up to now"

NEXT = """\
Restart the aggregators, so that they count from zero. Grids on screen cool within WINDOW_SECONDS, or change
with the next visit. Deleted records cannot be read; they leave the disk when Kafka closes their segments."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The confirmation."""
    parser.add_argument("--yes", action="store_true", help="delete them; default: only count them")


def run(arguments: argparse.Namespace) -> int:
    """0 if all is deleted, 1 if only the numbers of records were printed.

    Raises:
        WrongTopics: a topic is missing.
        KafkaAway: Kafka refuses to delete.
    """
    settings = Settings.load()
    specs = read_specs()
    require_kafka(settings.kafka_broker)
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
        print(f"{name}: {counted(count, 'record')}{' deleted' if arguments.yes else ''}")
    print(NEXT if arguments.yes else "nothing is deleted without --yes")
    return 0 if arguments.yes else 1


def _offsets(admin: Admin, places: list[TopicPartition], spec: OffsetSpec) -> dict[tuple[str, int], int]:
    """The offset of each partition."""
    answers = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=KAFKA_TIMEOUT_S)
    return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}
