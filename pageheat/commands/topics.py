"""`pageheat topics`: creates missing topics, and lists differences from topics.yaml."""

import argparse

from pageheat.broker import require_kafka
from pageheat.plural import counted
from pageheat.services.contract.topics import WrongTopics, read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.topic_admin import compare, create_missing
from pageheat.topic_plan import plan

HELP = "create the topics of topics.yaml that are missing, and list differences"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to create anything; Kafka's address, login and the replication are settings."""
    parser.add_argument(
        "--plan",
        action="store_true",
        help="only print which topics and rights are needed, in words and as commands; asks no Kafka",
    )
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="with --plan: who gets the rights, such as pageheat or CN=pageheat (default: KAFKA_USERNAME)",
    )


def run(arguments: argparse.Namespace) -> int:
    """0 if all topics are as listed, 1 if one differs.

    Raises:
        KafkaAway: Kafka does not answer, or does not let us in.
        WrongTopics: Kafka does not answer in time, or refuses a topic, or does not show one to us.
    """
    settings = Settings.load()
    specs, replication, cluster = read_specs(), settings.kafka_replication, settings.kafka
    if arguments.plan:
        user = arguments.user or settings.kafka_username or "pageheat"
        print("\n".join(plan(specs, replication, cluster, user)))
        return 0
    require_kafka(cluster)
    admin = Admin(cluster)
    for name in create_missing(admin, specs, replication):
        print(f"{cluster.topic(name)}: created, {counted(specs[name].partitions, 'partition')}")
    found = compare(admin, specs, replication)
    for name, lines in found.differences.items():
        for line in lines:
            print(f"{cluster.topic(name)}: {line}")
    if found.denied:
        raise WrongTopics(found.why_denied)
    if found.differences:
        print("change the topics in Kafka, or topics.yaml")
        return 1
    compared = "match topics.yaml" if not found.unknown else "are there, with the partitions of topics.yaml"
    print(f"all {len(specs)} topics {compared}")
    if found.unknown:
        print("their settings are not compared: Kafka shows them only with the right DescribeConfigs")
    return 0
