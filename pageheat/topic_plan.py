"""What has to be in Kafka, topics and rights on them: in words, each with the command for it. Pure."""

import shlex
from collections.abc import Iterator, Mapping

from pageheat.plural import counted
from pageheat.services.contract.rights import SERVICES, TOOLS, Rights
from pageheat.services.contract.topics import TopicSpec
from pageheat.services.runtime.cluster import Cluster

HEAD = """\
# What Pageheat needs in Kafka at {servers}. Each line in words is followed by its command, as the script
# kafka-topics or kafka-acls of Apache Kafka takes it (kafka-topics.sh in its own download);
# admin.properties has the login of somebody who may create topics and rights. Nothing is done here."""


def plan(specs: Mapping[str, TopicSpec], replication: int, cluster: Cluster, user: str) -> Iterator[str]:
    """The lines of a shell script: comments, and commands.

    Args:
        specs: the topics.
        replication: replicas of each.
        cluster: where, and with which prefix.
        user: who gets the rights, such as `pageheat`, or the subject of a certificate, `CN=pageheat`.
    """
    yield HEAD.format(servers=cluster.servers)
    where = ["--bootstrap-server", cluster.servers, "--command-config", "admin.properties"]
    for spec in specs.values():
        yield from ("", f"# {_topic(spec, replication, cluster)}")
        command = ["kafka-topics", *where, "--create", "--if-not-exists", "--topic", cluster.topic(spec.name)]
        command += ["--partitions", str(spec.partitions), "--replication-factor", str(replication)]
        yield shlex.join([*command, *_options("--config", map("=".join, spec.config.items()))])
    allow = ["kafka-acls", *where, "--add", "--allow-principal", f"User:{user}"]
    for kind, table in (("Service", SERVICES), ("Tools, if they are used:", TOOLS)):
        for name, rights in table.items():
            yield from ("", f"# {kind} {name}: {_words(rights, cluster)}")
            for operation, topics in _on_topics(rights, cluster):
                yield shlex.join([*allow, "--operation", operation, *_options("--topic", topics)])
            groups = map(cluster.group, rights.groups)
            yield shlex.join([*allow, "--operation", "Read", *_options("--group", groups)])


def _topic(spec: TopicSpec, replication: int, cluster: Cluster) -> str:
    settings = ", ".join(f"{key}={value}" for key, value in spec.config.items())
    size = f"{counted(spec.partitions, 'partition')}, {counted(replication, 'replica')}"
    return f"Topic {cluster.topic(spec.name)}: {size}, {settings}"


def _words(rights: Rights, cluster: Cluster) -> str:
    verbs = {"Read": "reads", "Write": "writes", "Delete": "deletes records of"}
    parts = [f"{verbs[operation]} {', '.join(topics)}" for operation, topics in _on_topics(rights, cluster)]
    return "; ".join([*parts, f"in the groups {', '.join(map(cluster.group, rights.groups))}"])


def _on_topics(rights: Rights, cluster: Cluster) -> list[tuple[str, list[str]]]:
    """The operations that are needed, each with its topics' names in Kafka."""
    needed = {"Read": rights.reads, "Write": rights.writes, "Delete": rights.deletes}
    return [(operation, [*map(cluster.topic, topics)]) for operation, topics in needed.items() if topics]


def _options(name: str, values: "Iterator[str] | list[str]") -> list[str]:
    return [word for value in values for word in (name, value)]
