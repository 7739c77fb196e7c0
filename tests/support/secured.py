"""A Kafka that lets nobody in without a login or do anything without a right; and its certificates."""

import argparse
import base64
import contextlib
import json
import shlex
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode, Seat, new_cluster
from pageheat.kafka.ports import ADDRESS, free_port
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create

PASSWORD = "pw-7fJq-not-to-be-seen"
"""Of every user."""

JAAS = "org.apache.kafka.common.security"

A_DAY = timedelta(days=1)


class Authority:
    """Signs certificates for 127.0.0.1; each is a file NAME.pem, with its key in NAME.key."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _subject(name)
        self._certificate = self._signed(self._subject, self._key, ends=timedelta(days=30), is_authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str, *, ends: timedelta = 30 * A_DAY) -> Path:
        """A certificate of the subject CN=name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_subject(name), key, ends=ends, is_authority=False)
        file = self._folder / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.with_suffix(".key").write_bytes(secret)
        # as Kafka's brokers want it: one file
        file.with_suffix(".store").write_bytes(secret + file.read_bytes())
        return file

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ends: timedelta, is_authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * A_DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .sign(self._key, SHA256())
        )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class SecuredKafka:
    """A node with a door for each kind of login, and one without for who sets it up.

    Attributes:
        admin: may do everything.
        sasl, mutual, expired: addresses, of SASL_SSL; TLS with a certificate; TLS whose own one has ended.
    """

    def __init__(self, installation: KafkaInstallation, folder: Path, authority: Authority) -> None:
        folder.mkdir()
        port, controller, *doors = (free_port() for _ in range(5))
        self.sasl, self.mutual, self.expired = (f"{ADDRESS}:{door}" for door in doors)
        stores = {
            "sasl": authority.issue("broker"),
            "mutual": authority.issue("broker"),
            "expired": authority.issue("ended", ends=-A_DAY),
        }
        addresses = {"SASL": self.sasl, "MUTUAL": self.mutual, "EXPIRED": self.expired}
        listeners = [f"PLAINTEXT://{ADDRESS}:{port}", *(f"{name}://{at}" for name, at in addresses.items())]
        properties = {
            "listeners": ",".join([*listeners, f"CONTROLLER://{ADDRESS}:{controller}"]),
            "advertised.listeners": ",".join(listeners),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,"
            "MUTUAL:SSL,EXPIRED:SSL",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",  # who comes by the door without a login
            "sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER",
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": f"{JAAS}.scram.ScramLoginModule required;",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{JAAS}.scram.ScramLoginModule required;",
            "listener.name.sasl.plain.sasl.jaas.config": f"{JAAS}.plain.PlainLoginModule required "
            f'user_broadcaster="{PASSWORD}";',
            "listener.name.sasl.oauthbearer.sasl.jaas.config": f"{JAAS}.oauthbearer.OAuthBearerLoginModule "
            "required;",
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority.file),
        }
        for name, store in stores.items():
            properties[f"listener.name.{name}.ssl.keystore.type"] = "PEM"
            properties[f"listener.name.{name}.ssl.keystore.location"] = str(store.with_suffix(".store"))
        voters = f"1@{ADDRESS}:{controller}"
        self._seat = Seat(new_cluster(), 1, controller, voters, f"{ADDRESS}:{port}", properties)
        self.node = KafkaNode(installation, folder, port, seat=self._seat)
        self.broker = self.sasl

    @property
    def admin(self) -> Admin:
        return Admin(Cluster(self.node.broker))

    def add_user(self, name: str, mechanism: ScramMechanism) -> None:
        """A user of SCRAM."""
        info = ScramCredentialInfo(mechanism, 4096)
        wanted = UserScramCredentialUpsertion(name, info, PASSWORD.encode())
        for answer in self.admin.alter_user_scram_credentials([wanted]).values():
            answer.result()

    def allow(self, user: str, prefix: str, operation: str) -> None:
        """Let a user do something with all topics of a prefix."""
        right = AclBinding(
            ResourceType.TOPIC, prefix, ResourcePatternType.PREFIXED, f"User:{user}", "*",
            AclOperation[operation], AclPermissionType.ALLOW,
        )  # fmt: skip
        for answer in self.admin.create_acls([right]).values():
            answer.result()


def carry_out(plan: str, admin: Admin, *headings: str) -> None:
    """Do what the commands of a plan say below these headings (their beginnings), as Kafka's tools would."""
    below = False
    for line in plan.splitlines():
        if line.startswith("# "):
            below = line.startswith(tuple(f"# {heading}" for heading in headings))
        elif below and line:
            _carry_out(shlex.split(line), admin)


def _carry_out(words: list[str], admin: Admin) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    for name in ("--bootstrap-server", "--command-config", "--partitions", "--replication-factor"):
        parser.add_argument(name)
    for name in ("--allow-principal", "--operation"):
        parser.add_argument(name)
    for name in ("--topic", "--group", "--config"):
        parser.add_argument(name, action="append", default=[])
    for name in ("--create", "--if-not-exists", "--add"):
        parser.add_argument(name, action="store_true")
    tool, *rest = words
    said = parser.parse_args(rest)
    if tool == "kafka-topics":
        config = dict(pair.split("=", 1) for pair in said.config)
        for topic in said.topic:
            create(admin, NewTopic(topic, int(said.partitions), int(said.replication_factor), config=config))
        return
    assert tool == "kafka-acls"
    bindings = [
        AclBinding(
            kind, name, ResourcePatternType.LITERAL, said.allow_principal, "*",
            AclOperation[said.operation.upper()], AclPermissionType.ALLOW,
        )
        for kind, names in ((ResourceType.TOPIC, said.topic), (ResourceType.GROUP, said.group))
        for name in names
    ]  # fmt: skip
    for answer in admin.create_acls(bindings).values():
        answer.result()


class _Tokens(BaseHTTPRequestHandler):
    """Gives everybody who knows the password a token for an hour, unsigned, as Kafka takes it in tests."""

    def do_POST(self) -> None:
        scheme, _, encoded = self.headers["Authorization"].partition(" ")
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        allowed = scheme == "Basic" and secret == PASSWORD
        now = int(time.time())
        claims = {"sub": name, "iat": now, "exp": now + 3600, "scope": "kafka"}
        token = ".".join([*map(_encoded, ({"alg": "none"}, claims)), ""])
        told = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        body = json.dumps(told if allowed else {"error": "invalid_client"}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@contextlib.contextmanager
def identity_provider() -> Iterator[str]:
    """Run one; gives the URL of its token endpoint."""
    server = ThreadingHTTPServer((ADDRESS, 0), _Tokens)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{ADDRESS}:{server.server_port}/token"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
