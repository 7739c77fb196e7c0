"""A Kafka cluster as the settings name it: where it is, how to log in, what our names begin with there."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cluster:
    """What every client of Kafka is made from.

    Inside of Pageheat topics have the names of topics.yaml. Only what talks to Kafka uses the names there.

    Attributes:
        servers: bootstrap servers, `host:port` with commas between.
        login: librdkafka's settings of TLS and SASL; secrets are among them, so it is never printed.
        prefix: before the names of topics and groups; "" on a cluster of our own.
        user: as whom we log in, for messages; "" without a login.
    """

    servers: str
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    prefix: str = ""
    user: str = ""

    @property
    def config(self) -> dict[str, str]:
        """librdkafka's settings of a connection."""
        return {"bootstrap.servers": self.servers, **self.login}

    def topic(self, name: str) -> str:
        """A topic's name in Kafka, by its name in topics.yaml."""
        return self.prefix + name

    def group(self, name: str) -> str:
        """A consumer group's name in Kafka."""
        return self.prefix + name

    def name(self, topic: str) -> str:
        """A topic's name in topics.yaml, by its name in Kafka."""
        return topic.removeprefix(self.prefix)
