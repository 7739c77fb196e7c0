"""Creates the topics of `topics.yaml` on a broker, and compares them with it."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource, NewTopic, ResourceType

from pageheat.services.contract.topics import BY_PAGE, TopicSpec, WrongTopics, read_specs, require_window
from pageheat.services.runtime.kafka_clients import Admin

KAFKA_TIMEOUT_S = 15
"""Timeout of a request to Kafka: an election of a partition's leader takes less."""

RETRY_S = 0.05
"""Pause between two checks whether a broker lists a new topic."""


def differences(admin: Admin, specs: Mapping[str, TopicSpec], replication: int) -> dict[str, list[str]]:
    """Differences between the broker and the list: topic → one line per difference.

    A topic that does not exist has the single line "missing".

    Raises:
        WrongTopics: Kafka does not answer.
    """
    found = _listed(admin)
    result = {name: ["missing"] for name in specs if name not in found}
    present = {name: spec for name, spec in specs.items() if name in found}
    resources = {name: ConfigResource(ResourceType.TOPIC, name, set_config=None) for name in present}
    if not present:
        return result
    try:
        answers = admin.describe_configs(list(resources.values()), request_timeout=KAFKA_TIMEOUT_S)
        configs = {name: answers[resource].result() for name, resource in resources.items()}
    except KafkaException as error:
        raise WrongTopics(f"Kafka does not describe its topics: {error.args[0].str()}") from None
    for name, spec in present.items():
        partitions = found[name].partitions
        actual: dict[str, str] = {entry.name: entry.value for entry in configs[name].values()}
        wanted = [
            ("partitions", str(spec.partitions), str(len(partitions))),
            (
                "replication",
                str(replication),
                str(min(len(p.replicas) for p in partitions.values())),
            ),
            *((key, value, actual.get(key, "")) for key, value in spec.config.items()),
        ]
        lines = [
            f"{what} is {is_}, listed {listed}"
            for what, listed, is_ in wanted
            if sorted(is_.split(",")) != sorted(listed.split(","))
        ]
        if lines:
            result[name] = lines
    return result


def _listed(admin: Admin) -> dict[str, Any]:
    """The broker's topics by name.

    Raises:
        WrongTopics: Kafka does not answer.
    """
    try:
        topics: dict[str, Any] = admin.list_topics(timeout=KAFKA_TIMEOUT_S).topics
    except KafkaException as error:
        raise WrongTopics(
            f"Kafka does not answer ({error.args[0].str()}); is it running at KAFKA_BROKER={admin.broker}?"
        ) from None
    return topics


def create_missing(admin: Admin, specs: Mapping[str, TopicSpec], replication: int) -> list[str]:
    """Create the topics that are missing; return their names.

    Raises:
        WrongTopics: see `create`.
    """
    missing = [name for name, lines in differences(admin, specs, replication).items() if lines == ["missing"]]
    listed = [(name, specs[name]) for name in missing]
    create(
        admin,
        *(NewTopic(name, spec.partitions, replication, config=spec.config) for name, spec in listed),
    )
    return missing


def create(admin: Admin, *topics: NewTopic) -> None:
    """Create topics, and return when they are usable.

    Kafka acknowledges a new topic before its brokers list it and its partitions have leaders. A client that
    uses it at once would get an "unknown topic" error; so this waits until all partitions have leaders.

    Raises:
        WrongTopics: Kafka refuses a topic, with its reason, or does not list it in time.
    """
    if not topics:
        return
    for name, future in admin.create_topics(list(topics), operation_timeout=KAFKA_TIMEOUT_S).items():
        try:
            future.result()
        except KafkaException as error:
            raise WrongTopics(f"topic {name} cannot be created: {error.args[0].str()}") from None
    until_s = time.monotonic() + KAFKA_TIMEOUT_S
    while waiting := _without_leader(admin, topics):
        if time.monotonic() > until_s:
            raise WrongTopics(
                f"created, but after {KAFKA_TIMEOUT_S} s not yet listed by Kafka: {', '.join(waiting)}; "
                "see Kafka's log, and try again"
            )
        time.sleep(RETRY_S)


def _without_leader(admin: Admin, topics: Iterable[NewTopic]) -> list[str]:
    """The topics that the broker does not list yet, or that have a partition without a leader."""
    listed = _listed(admin)
    led = {name: sum(p.leader >= 0 for p in topic.partitions.values()) for name, topic in listed.items()}
    return [new.topic for new in topics if led.get(new.topic, 0) < new.num_partitions]


def require(broker: str, replication: int, names: list[str], window_ms: int | None = None) -> None:
    """Refuse to start unless the named topics are as listed, and BY_PAGE retains a window of `window_ms`.

    Raises:
        WrongTopics: with the differences, and what to do.
    """
    specs = {name: spec for name, spec in read_specs().items() if name in names}
    found = differences(Admin(broker), specs, replication)
    lines = [f"{topic}: {line}" for topic, diff in found.items() for line in diff]
    if lines:
        raise WrongTopics(
            "topics are not as topics.yaml lists them: "
            + "; ".join(lines)
            + ". 'pageheat topics' creates missing topics; other differences have to be changed in Kafka "
            "or in topics.yaml"
        )
    if window_ms is not None:
        require_window(specs[BY_PAGE], window_ms)
