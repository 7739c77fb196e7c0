"""`pageheat topics`: create the topics that are missing, and name what differs from topics.yaml."""

import argparse

from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.topic_admin import create_missing, differences

HELP = "create the topics of topics.yaml that are missing, and name what differs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: Kafka and replication are settings."""


def run(arguments: argparse.Namespace) -> int:
    """0 when all topics are as listed, 1 when one differs.

    Raises:
        WrongTopics: Kafka does not answer in time, or refuses a topic.
    """
    settings = Settings.load()
    specs = read_specs()
    admin = Admin(settings.kafka_broker)
    for name in create_missing(admin, specs, settings.kafka_replication):
        print(f"{name}: created, {specs[name].partitions} partitions")
    found = differences(admin, specs, settings.kafka_replication)
    for name, lines in found.items():
        for line in lines:
            print(f"{name}: {line}")
    if found:
        print("what differs has to be altered in Kafka, or in topics.yaml")
        return 1
    print(f"all {len(specs)} topics are as topics.yaml lists them")
    return 0
