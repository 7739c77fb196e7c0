"""Creates the topics of `topics.yaml` on a cluster, and compares them with it."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, ConfigResource, NewTopic, ResourceType

from pageheat.services.contract.rights import Rights
from pageheat.services.contract.topics import BY_PAGE, TopicSpec, WrongTopics, read_specs, require_window
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.kafka_errors import PLAN, is_refusal

log = logging.getLogger(__name__)

KAFKA_TIMEOUT_S = 15
"""Timeout of a request to Kafka: an election of a partition's leader takes less."""

RETRY_S = 0.05
"""Pause between two checks whether a broker lists a new topic."""

MISSING = "missing"


@dataclass
class Comparison:
    """Topics in Kafka beside the list.

    Attributes:
        differences: topic → one line per difference. A topic that does not exist has the single line MISSING.
        denied: what we need and may not do, one line each.
        unknown: topics whose settings Kafka does not show us, as we lack the right DescribeConfigs.
    """

    differences: dict[str, list[str]] = field(default_factory=dict)
    denied: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def why_denied(self) -> str:
        """All that is denied, and what to do, in one line."""
        return f"{'; '.join(self.denied)}: {PLAN}"

    def add(self, topic: str, line: str) -> None:
        """Note a difference."""
        self.differences.setdefault(topic, []).append(line)


def compare(
    admin: Admin, specs: Mapping[str, TopicSpec], replication: int, rights: Rights | None = None
) -> Comparison:
    """The cluster's topics beside the list, and whether we may read and write what `rights` says.

    Raises:
        WrongTopics: Kafka does not answer, or does not let us in.
    """
    found = Comparison()
    present = _described(admin, specs, found)
    for name, topic in present.items():
        replicas = min((len(partition.replicas) for partition in topic.partitions), default=0)
        _compare(found, specs[name], "partitions", str(specs[name].partitions), str(len(topic.partitions)))
        _compare(found, specs[name], "replication", str(replication), str(replicas))
        for operation in _lacking(name, topic.authorized_operations, rights or Rights()):
            found.denied.append(f"{_who(admin)} may not {operation.name.lower()} {admin.cluster.topic(name)}")
    for name, actual in _configs(admin, present, found).items():
        for key, value in specs[name].config.items():
            _compare(found, specs[name], key, value, actual.get(key, ""))
    return found


def _described(admin: Admin, specs: Mapping[str, TopicSpec], found: Comparison) -> dict[str, Any]:
    """Kafka's description of each topic that exists; the others are noted."""
    names = {admin.cluster.topic(name): name for name in specs}
    answers = admin.describe_topics(
        TopicCollection(list(names)), include_authorized_operations=True, request_timeout=KAFKA_TIMEOUT_S
    )
    present = {}
    for topic, answer in answers.items():
        try:
            present[names[topic]] = admin.answer(answer)
        except KafkaException as error:
            code = error.args[0].code()
            if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
                found.add(names[topic], MISSING)
            elif code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                found.denied.append(f"{_who(admin)} may not see {topic}")
            else:
                raise _away(admin, error) from None
    return present


def _lacking(name: str, allowed: Iterable[AclOperation] | None, rights: Rights) -> list[AclOperation]:
    """The operations on a topic that we need and may not do; none if Kafka does not tell."""
    if not allowed:
        return []
    needed = {AclOperation.READ: rights.reads, AclOperation.WRITE: rights.writes}
    return [operation for operation, topics in needed.items() if name in topics and operation not in allowed]


def _configs(admin: Admin, present: Iterable[str], found: Comparison) -> dict[str, dict[str, str]]:
    """Each topic's settings; topics whose settings we may not see are noted."""
    resources = {
        name: ConfigResource(ResourceType.TOPIC, admin.cluster.topic(name), set_config=None)
        for name in present
    }
    if not resources:
        return {}
    answers = admin.describe_configs(list(resources.values()), request_timeout=KAFKA_TIMEOUT_S)
    configs = {}
    for name, resource in resources.items():
        try:
            entries = admin.answer(answers[resource])
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise WrongTopics(f"Kafka does not describe its topics: {admin.why(error)}") from None
            found.unknown.append(name)
        else:
            configs[name] = {entry.name: entry.value for entry in entries.values()}
    return configs


def _who(admin: Admin) -> str:
    return admin.cluster.user or "Pageheat"


def _compare(found: Comparison, spec: TopicSpec, what: str, listed: str, actual: str) -> None:
    if sorted(actual.split(",")) != sorted(listed.split(",")):
        found.add(spec.name, f"{what} is {actual}, listed {listed}")


def _away(admin: Admin, error: KafkaException) -> WrongTopics:
    """The error to raise if Kafka does not answer, or does not let us in."""
    reason = admin.why(error)
    where = f"KAFKA_BROKER={admin.cluster.servers}"
    if not is_refusal(error.args[0]):
        return WrongTopics(f"Kafka does not answer ({reason}); is it running at {where}?")
    return WrongTopics(f"{where}: {reason}")


def create_missing(admin: Admin, specs: Mapping[str, TopicSpec], replication: int) -> list[str]:
    """Create the topics that are missing; return their names.

    Raises:
        WrongTopics: see `create`.
    """
    differences = compare(admin, specs, replication).differences
    missing = [specs[name] for name, lines in differences.items() if lines == [MISSING]]
    create(
        admin,
        *(
            NewTopic(admin.cluster.topic(spec.name), spec.partitions, replication, config=spec.config)
            for spec in missing
        ),
    )
    return [spec.name for spec in missing]


def create(admin: Admin, *topics: NewTopic) -> None:
    """Create topics, by their names in Kafka, and return when they are usable.

    Kafka acknowledges a new topic before its brokers list it and its partitions have leaders. A client that
    uses it at once would get an "unknown topic" error; so this waits until all partitions have leaders.

    Raises:
        WrongTopics: Kafka refuses a topic, with its reason, or does not list it in time.
    """
    if not topics:
        return
    for name, request in admin.create_topics(list(topics), operation_timeout=KAFKA_TIMEOUT_S).items():
        try:
            admin.answer(request)
        except KafkaException as error:
            raise WrongTopics(f"topic {name} cannot be created: {admin.why(error)}") from None
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
    try:
        listed = admin.list_topics(timeout=KAFKA_TIMEOUT_S).topics
    except KafkaException as error:
        raise _away(admin, error) from None
    led = {name: sum(p.leader >= 0 for p in topic.partitions.values()) for name, topic in listed.items()}
    return [new.topic for new in topics if led.get(new.topic, 0) < new.num_partitions]


def require(cluster: Cluster, replication: int, rights: Rights, window_ms: int | None = None) -> None:
    """Refuse to start unless the topics are as listed, we may use them as `rights` says, and BY_PAGE keeps a
    window of `window_ms`.

    Raises:
        WrongTopics: with the differences, and what to do.
    """
    specs = {name: spec for name, spec in read_specs().items() if name in rights.topics}
    found = compare(Admin(cluster), specs, replication, rights)
    if found.denied:
        raise WrongTopics(found.why_denied)
    lines = [f"{topic}: {line}" for topic, difference in found.differences.items() for line in difference]
    if lines:
        raise WrongTopics(
            "topics are not as topics.yaml lists them: "
            + "; ".join(lines)
            + ". 'pageheat topics' creates missing topics; other differences have to be changed in Kafka "
            "or in topics.yaml"
        )
    if found.unknown:
        log.info("the settings of %s are not compared: Kafka does not show them to us", found.unknown)
    if window_ms is not None:
        require_window(specs[BY_PAGE], window_ms)
