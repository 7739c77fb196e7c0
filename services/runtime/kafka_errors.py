"""What librdkafka reports, in one plain line: what happened, and which setting to look at."""

import re
import socket
import ssl
from contextlib import closing

from confluent_kafka import KafkaError

from pageheat.services.runtime.cluster import Cluster

DENIED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)
"""We are known, but may not do this."""

PLAN = "'pageheat topics --plan' lists the rights that are needed"

PROBE_S = 3
"""Time-out of the connection that finds out what is wrong with a certificate."""


def is_refusal(error: KafkaError) -> bool:
    """Whether Kafka was reached and does not let us in, so that waiting does not help."""
    return error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL) or _is_alert(error)


def explained(error: KafkaError, cluster: Cluster) -> str:
    """What an error means, with the setting to look at if it is one of the login, TLS or rights.

    If a broker's certificate is not accepted, this connects to it once more: librdkafka does not tell why.
    """
    code, reason = error.code(), _core(error.str())
    who = cluster.user or "us"
    if code == KafkaError._AUTHENTICATION:
        return (
            f"Kafka does not let {who} in: {reason}; check KAFKA_USERNAME, its password and "
            "KAFKA_SASL_MECHANISM"
        )
    if _is_alert(error):
        return (
            f"Kafka does not accept {who}: {reason}; check until when the certificate is valid, who signed "
            "it, and KAFKA_KEY_FILE"
        )
    if code == KafkaError._SSL:
        reason = _why_not_verified(cluster) or reason
        return (
            f"the brokers' certificate is not accepted: {reason}; check KAFKA_CA_FILE, and the certificate's "
            "end and names"
        )
    if code in DENIED:
        return f"Kafka does not allow this to {who}: {reason}; {PLAN}"
    return reason


def _is_alert(error: KafkaError) -> bool:
    """Whether the broker ended the TLS connection because of our certificate."""
    text = error.str()
    return error.code() in (KafkaError._TRANSPORT, KafkaError._SSL) and "SSL" in text and "alert" in text


def _core(text: str) -> str:
    """An error without the broker's address, OpenSSL's numbers and the state of the connection."""
    text = re.sub(r"^\w+://\S+: ", "", text)
    text = re.sub(r"error:[0-9A-F]+:SSL routines::", "", text)
    return re.sub(r" \(after \d+ms in state \w+.*\)$", "", text).rstrip(".")


def _why_not_verified(cluster: Cluster) -> str | None:
    """Why the certificate of the first broker is not accepted; None if that cannot be found out."""
    host, _, port = cluster.servers.partition(",")[0].strip().rpartition(":")
    context = ssl.create_default_context(cafile=cluster.login.get("ssl.ca.location"))
    try:
        with (
            closing(socket.create_connection((host.strip("[]"), int(port)), PROBE_S)) as plain,
            closing(context.wrap_socket(plain, server_hostname=host.strip("[]"))),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        return str(error.verify_message)
    except (OSError, ValueError):
        return None
