"""How to log in at Kafka: what the settings become, and which make no sense together."""

from pathlib import Path

import pytest

from pageheat.services.runtime.settings import KafkaSettings, Settings, WrongSetting

BROKER = {"KAFKA_BROKER": "kafka.example:9093"}
SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", **BROKER}
SCRAM = {
    **SASL,
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_USERNAME": "ann",
    "KAFKA_PASSWORD": "top-secret",
}
PEM = "-----BEGIN CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in KafkaSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)  # a folder without .env


def loaded(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def test_without_settings_kafka_is_on_this_machine_without_login_or_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = loaded(monkeypatch).kafka
    assert cluster.config == {"bootstrap.servers": "127.0.0.1:9092"}
    assert (cluster.topic("heatmap"), cluster.user) == ("heatmap", "")


def test_a_user_and_a_password_become_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, **SCRAM).kafka.config == {
        "bootstrap.servers": "kafka.example:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ann",
        "sasl.password": "top-secret",
    }


def test_a_password_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" spaces count \r\n")
    given = SCRAM | {"KAFKA_PASSWORD": "", "KAFKA_PASSWORD_FILE": str(file)}
    assert loaded(monkeypatch, **given).kafka.config["sasl.password"] == " spaces count "
    for text in ("", "two\nlines\n"):
        file.write_text(text)
        with pytest.raises(WrongSetting, match=r"^KAFKA_PASSWORD_FILE=.*as its only line$"):
            Settings.load().kafka.config  # noqa: B018


def test_a_client_of_an_identity_provider_becomes_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    given = SCRAM | {
        "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
        "KAFKA_OAUTH_TOKEN_URL": "https://login.example/token",
        "KAFKA_OAUTH_SCOPE": "kafka",
        "KAFKA_OAUTH_EXTENSIONS": "logicalCluster=lkc-1",
    }
    assert loaded(monkeypatch, **given).kafka.login == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "ann",
        "sasl.oauthbearer.client.secret": "top-secret",
        "sasl.oauthbearer.token.endpoint.url": "https://login.example/token",
        "sasl.oauthbearer.scope": "kafka",
        "sasl.oauthbearer.extensions": "logicalCluster=lkc-1",
    }


def test_a_certificate_becomes_a_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("ca", "cert", "key")}
    for file in files.values():
        file.write_text(PEM)
    given = {f"KAFKA_{name.upper()}_FILE": str(file) for name, file in files.items()}
    cluster = loaded(monkeypatch, KAFKA_SECURITY_PROTOCOL="SSL", **BROKER, **given).kafka
    assert cluster.login == {
        "security.protocol": "SSL",
        "ssl.ca.location": str(files["ca"]),
        "ssl.certificate.location": str(files["cert"]),
        "ssl.key.location": str(files["key"]),
    }
    assert cluster.user == f"the certificate of KAFKA_CERT_FILE={files['cert']}"


def test_a_file_that_is_missing_or_no_pem_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.p12"
    settings = loaded(monkeypatch, **SCRAM, KAFKA_CA_FILE=str(file))
    with pytest.raises(WrongSetting, match=rf"^KAFKA_CA_FILE={file}: cannot be read: No such file"):
        settings.kafka  # noqa: B018
    file.write_bytes(b"\x30\x82\xff")
    with pytest.raises(WrongSetting, match=rf"^KAFKA_CA_FILE={file}: should be PEM text"):
        settings.kafka  # noqa: B018


def test_a_prefix_is_before_topics_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = loaded(monkeypatch, KAFKA_PREFIX="heat.").kafka
    assert (cluster.topic("heatmap"), cluster.group("history")) == ("heat.heatmap", "heat.history")
    assert cluster.name("heat.heatmap") == "heatmap"


@pytest.mark.parametrize("prefix", ["heat/", "a b", "x" * 101])
def test_a_prefix_that_kafka_would_not_take_is_refused(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    with pytest.raises(WrongSetting, match=f"^KAFKA_PREFIX={prefix}: should be letters"):
        loaded(monkeypatch, KAFKA_PREFIX=prefix)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SECURITY_PROTOCOL=SSL: set KAFKA_BROKER, too"),
        ({"KAFKA_PASSWORD": "x"}, "KAFKA_PASSWORD has no effect with KAFKA_SECURITY_PROTOCOL=PLAINTEXT: set"),
        (BROKER | {"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM has no effect with"),
        (
            BROKER | {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_USERNAME": "a"},
            "KAFKA_USERNAME has no effect with KAFKA_SECURITY_PROTOCOL=SSL: set that to SASL_SSL, or remove",
        ),
        (BROKER | {"KAFKA_CA_FILE": "a"}, "KAFKA_CA_FILE has no effect with KAFKA_SECURITY_PROTOCOL=PLAIN"),
        (
            SCRAM | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_CA_FILE": "a"},
            "KAFKA_CA_FILE has no effect with KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT: set that to SASL_SSL",
        ),
        (SCRAM | {"KAFKA_KEY_FILE": "a"}, "KAFKA_CERT_FILE and KAFKA_KEY_FILE belong together"),
        (SASL, "KAFKA_SECURITY_PROTOCOL=SASL_SSL needs KAFKA_SASL_MECHANISM: PLAIN, "),
        (SCRAM | {"KAFKA_USERNAME": ""}, "KAFKA_SASL_MECHANISM=SCRAM-SHA-512 needs KAFKA_USERNAME"),
        (SCRAM | {"KAFKA_PASSWORD": ""}, "needs KAFKA_PASSWORD or KAFKA_PASSWORD_FILE, one of them"),
        (SCRAM | {"KAFKA_PASSWORD_FILE": "a"}, "needs KAFKA_PASSWORD or KAFKA_PASSWORD_FILE, not both"),
        (
            SCRAM | {"KAFKA_OAUTH_TOKEN_URL": "https://a"},
            "KAFKA_OAUTH_TOKEN_URL has no effect with KAFKA_SASL_MECHANISM=SCRAM-SHA-512: set that to OAUTH",
        ),
        (SCRAM | {"KAFKA_SASL_MECHANISM": "OAUTHBEARER"}, "OAUTHBEARER needs KAFKA_OAUTH_TOKEN_URL: an"),
        (SCRAM | {"KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM=GSSAPI: should be ''"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    with pytest.raises(WrongSetting) as refused:
        loaded(monkeypatch, **given)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, **SCRAM)
    assert "top-secret" not in f"{settings!r} {settings.kafka!r} {settings.model_dump()}"
