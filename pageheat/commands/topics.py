"""`pageheat topics`: creates missing topics, and lists differences from topics.yaml."""

import argparse

from pageheat.broker import require_kafka
from pageheat.plural import counted
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.topic_admin import create_missing, differences

HELP = "create the topics of topics.yaml that are missing, and list differences"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: Kafka's address and the replication are settings."""


def run(arguments: argparse.Namespace) -> int:
    """0 if all topics are as listed, 1 if one differs.

    Raises:
        KafkaAway: Kafka does not answer.
        WrongTopics: Kafka does not answer in time, or refuses a topic.
    """
    settings = Settings.load()
    require_kafka(settings.kafka_broker)
    specs = read_specs()
    admin = Admin(settings.kafka_broker)
    for name in create_missing(admin, specs, settings.kafka_replication):
        print(f"{name}: created, {counted(specs[name].partitions, 'partition')}")
    found = differences(admin, specs, settings.kafka_replication)
    for name, lines in found.items():
        for line in lines:
            print(f"{name}: {line}")
    if found:
        print("change the topics in Kafka, or topics.yaml")
        return 1
    print(f"all {len(specs)} topics match topics.yaml")
    return 0
