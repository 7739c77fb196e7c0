"""Where Kafka is, and how to log in."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.settings.errors import WrongSetting

Port = Annotated[int, Field(ge=1, le=65535)]

MAX_PREFIX_CHARS = 100
"""Kafka's names have 249 characters at most; ours have 25."""

SASL = (
    "kafka_sasl_mechanism",
    "kafka_username",
    "kafka_password",
    "kafka_password_file",
    "kafka_oauth_token_url",
    "kafka_oauth_scope",
    "kafka_oauth_extensions",
)
"""Settings of a login by SASL."""

OAUTH = ("kafka_oauth_token_url", "kafka_oauth_scope", "kafka_oauth_extensions")

TLS = ("kafka_ca_file", "kafka_cert_file", "kafka_key_file")


def _prefix(text: str) -> str:
    if not re.fullmatch(rf"[A-Za-z0-9._-]{{0,{MAX_PREFIX_CHARS}}}", text):
        raise ValueError(
            f"should be letters, digits, '.', '_' and '-', {MAX_PREFIX_CHARS} at most, such as 'heat.'"
        )
    return text


class KafkaSettings(BaseSettings):
    """The Kafka that every process uses."""

    kafka_port: Port = Field(
        9092,
        description="port of the Kafka that `pageheat up` or compose starts, on this machine only",
    )
    kafka_broker: str = Field(
        default_factory=lambda read: f"127.0.0.1:{read['kafka_port']}",
        description="bootstrap servers of the Kafka to use, host:port[,…]; set it to use a Kafka of your own",
    )
    kafka_replication: int = Field(
        1,
        ge=1,
        le=3,
        description="replicas of each topic: 1, or 3 on a cluster of at least three brokers",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="how to connect to KAFKA_BROKER: PLAINTEXT, SSL (TLS; with KAFKA_CERT_FILE it is the "
        "login, too), SASL_SSL (TLS and a login), or SASL_PLAINTEXT (a login without TLS)",
    )
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "", description="how to log in with SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER (OIDC)"
    )
    kafka_username: str = Field(
        "", description="user, or key, for the login at Kafka; with OAUTHBEARER the client's id"
    )
    kafka_password: SecretStr = Field(
        SecretStr(""), description="its password, or secret; with OAUTHBEARER the client's secret"
    )
    kafka_password_file: str = Field(
        "", description="file that has the password as its only line, instead of KAFKA_PASSWORD"
    )
    kafka_oauth_token_url: str = Field(
        "", description="OAUTHBEARER: URL of the identity provider's token endpoint"
    )
    kafka_oauth_scope: str = Field("", description="OAUTHBEARER: scope to ask for, if one is needed")
    kafka_oauth_extensions: str = Field(
        "",
        description="OAUTHBEARER: what the broker wants to know besides, as key=value[,key=value…], such as "
        "Confluent Cloud's logicalCluster and identityPoolId",
    )
    kafka_ca_file: str = Field(
        "",
        description="file (PEM) of the authorities that signed the brokers' certificates; by default, those "
        "that this machine trusts",
    )
    kafka_cert_file: str = Field(
        "", description="file (PEM) of our certificate for the brokers (mutual TLS), with its chain"
    )
    kafka_key_file: str = Field("", description="file (PEM) of its key, not encrypted")
    kafka_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "",
        description="what our topics' and consumer groups' names in Kafka begin with, such as `heat.`, on a "
        "cluster that others use, too; the same for every process",
    )

    @property
    def kafka(self) -> Cluster:
        """The cluster, with the password from its file.

        Raises:
            WrongSetting: a file cannot be read, or is not PEM.
        """
        user = self.kafka_username and f"KAFKA_USERNAME={self.kafka_username}"
        if not user and self.kafka_cert_file:
            user = f"the certificate of KAFKA_CERT_FILE={self.kafka_cert_file}"
        login = {name: value for name, value in self._login() if value}
        return Cluster(self.kafka_broker, login, self.kafka_prefix, user)

    def _login(self) -> Iterator[tuple[str, str]]:
        """librdkafka's settings, "" for those that are not set."""
        if self.kafka_security_protocol == "PLAINTEXT":
            return
        yield "security.protocol", self.kafka_security_protocol
        yield "sasl.mechanism", self.kafka_sasl_mechanism
        if self.kafka_sasl_mechanism == "OAUTHBEARER":
            yield "sasl.oauthbearer.method", "oidc"
            yield "sasl.oauthbearer.client.id", self.kafka_username
            yield "sasl.oauthbearer.client.secret", self._password()
            yield "sasl.oauthbearer.token.endpoint.url", self.kafka_oauth_token_url
            yield "sasl.oauthbearer.scope", self.kafka_oauth_scope
            yield "sasl.oauthbearer.extensions", self.kafka_oauth_extensions
        elif self.kafka_sasl_mechanism:
            yield "sasl.username", self.kafka_username
            yield "sasl.password", self._password()
        yield "ssl.ca.location", self._pem("kafka_ca_file")
        yield "ssl.certificate.location", self._pem("kafka_cert_file")
        yield "ssl.key.location", self._pem("kafka_key_file")

    def _password(self) -> str:
        if not self.kafka_password_file:
            return self.kafka_password.get_secret_value()
        password = self._text("kafka_password_file").strip("\r\n")
        if not password or "\n" in password:
            raise WrongSetting(
                f"KAFKA_PASSWORD_FILE={self.kafka_password_file}: should have the password as its only line"
            )
        return password

    def _pem(self, setting: str) -> str:
        """The file's name, "" if it is not set."""
        name = str(getattr(self, setting))
        if name and "-----BEGIN " not in self._text(setting):
            raise WrongSetting(
                f"{setting.upper()}={name}: should be PEM text; 'openssl pkcs12 -nodes -in' converts PKCS12"
            )
        return name

    def _text(self, setting: str) -> str:
        name = str(getattr(self, setting))
        try:
            return Path(name).read_text(errors="replace")
        except OSError as error:
            raise WrongSetting(f"{setting.upper()}={name}: cannot be read: {error.strerror}") from None

    @model_validator(mode="after")
    def _connection_makes_sense(self) -> Self:
        given = [
            name for name in (*SASL, *TLS) if getattr(self, name) and getattr(self, name) != SecretStr("")
        ]
        if wrong := _contradiction({name: str(getattr(self, name)) for name in given}, self):
            raise ValueError(wrong)
        return self


def _contradiction(given: Mapping[str, str], settings: KafkaSettings) -> str | None:
    """Why these settings of the connection make no sense together, and what to do; None if they do."""
    protocol, mechanism = settings.kafka_security_protocol, settings.kafka_sasl_mechanism
    chosen = f"KAFKA_SECURITY_PROTOCOL={protocol}"
    if protocol != "PLAINTEXT" and "kafka_broker" not in settings.model_fields_set:
        return f"{chosen}: set KAFKA_BROKER, too; the Kafka of 'pageheat up' has neither TLS nor a login"
    if not protocol.startswith("SASL") and (useless := [name for name in SASL if name in given]):
        wanted = "SASL_SSL" if protocol == "SSL" else "SASL_SSL or SASL_PLAINTEXT"
        return f"{useless[0].upper()} has no effect with {chosen}: set that to {wanted}, or remove it"
    if not protocol.endswith("SSL") and (useless := [name for name in TLS if name in given]):
        wanted = "SASL_SSL" if protocol.startswith("SASL") else "SSL or SASL_SSL"
        return f"{useless[0].upper()} has no effect with {chosen}: set that to {wanted}, or remove it"
    if ("kafka_cert_file" in given) != ("kafka_key_file" in given):
        return "KAFKA_CERT_FILE and KAFKA_KEY_FILE belong together: set both, or neither"
    if not protocol.startswith("SASL"):
        return None
    if not mechanism:
        return f"{chosen} needs KAFKA_SASL_MECHANISM: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    chosen = f"KAFKA_SASL_MECHANISM={mechanism}"
    if "kafka_username" not in given:
        return f"{chosen} needs KAFKA_USERNAME"
    if ("kafka_password" in given) == ("kafka_password_file" in given):
        both = "not both" if "kafka_password" in given else "one of them"
        return f"{chosen} needs KAFKA_PASSWORD or KAFKA_PASSWORD_FILE, {both}"
    if mechanism != "OAUTHBEARER" and (useless := [name for name in OAUTH if name in given]):
        return f"{useless[0].upper()} has no effect with {chosen}: set that to OAUTHBEARER, or remove it"
    if mechanism == "OAUTHBEARER" and not re.match("https?://.", settings.kafka_oauth_token_url):
        return f"{chosen} needs KAFKA_OAUTH_TOKEN_URL: an address such as https://login.example.org/token"
    return None
