"""Checks that the settings name a Kafka that answers, before a tool waits for it."""

import socket
import sys
import threading
import time
from queue import Empty, Queue

from confluent_kafka import KafkaException

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.kafka_errors import is_refusal
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

CONNECT_S = 4
"""A broker that runs accepts a connection within this; people take a longer silence for a hang."""

KAFKA_PORT = 9092


class KafkaAway(PageheatError):
    """Kafka does not answer."""


def require_kafka(cluster: Cluster) -> None:
    """Return as soon as a server of the cluster answers; say on standard error if that takes long.

    Raises:
        KafkaAway: none accepts connections within CONNECT_S, or the answer is not Kafka's or too late, or it
            does not let us in.
    """
    broker = cluster.servers
    servers = [server.strip() for server in broker.split(",") if server.strip()]
    answers: Queue[str | None] = Queue()
    for server in servers:
        # a look-up of a name cannot be interrupted; as a daemon it does not hold up the exit
        threading.Thread(target=lambda s=server: answers.put(_refusal(s)), daemon=True).start()
    until_s = time.monotonic() + CONNECT_S
    refusals: list[str] = []
    while len(refusals) < len(servers):
        try:
            refusal = answers.get(timeout=max(0, until_s - time.monotonic()))
        except Empty:
            refusals.append(f"no connection within {CONNECT_S} s")
            break
        if refusal is None:
            return _require_answer(cluster)
        refusals.append(refusal)
    raise KafkaAway(f"no Kafka at KAFKA_BROKER={broker}: {'; '.join(dict.fromkeys(refusals))}. {ADVICE}")


ADVICE = "'pageheat up' starts one; KAFKA_BROKER says where it is"


def _refusal(server: str) -> str | None:
    """Why a server accepts no connection; None if it does."""
    address = server.rpartition("://")[2]
    host, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    try:
        number = int(port) if colon else KAFKA_PORT
        socket.create_connection(((host or address).strip("[]"), number), CONNECT_S).close()
    except ValueError:
        return f"'{port}' is not a port"
    except socket.gaierror:
        return f"the host name {host or address} is unknown"
    except OSError as error:
        return f"{error.strerror or 'no connection in time'}"
    return None


def _require_answer(cluster: Cluster) -> None:
    admin, broker = Admin(cluster), cluster.servers
    for wait_s in (CONNECT_S, KAFKA_TIMEOUT_S):
        try:
            admin.answer(admin.describe_cluster(request_timeout=wait_s))
        except KafkaException as error:
            reason = admin.why(error)
            if is_refusal(error.args[0]):
                raise KafkaAway(f"KAFKA_BROKER={broker}: {reason}") from None
            if wait_s == CONNECT_S:
                print(f"{broker} accepts connections, but does not answer as Kafka; waiting", file=sys.stderr)
        else:
            return
    raise KafkaAway(f"{broker} accepts connections, but does not answer as Kafka: {reason}. {ADVICE}")
