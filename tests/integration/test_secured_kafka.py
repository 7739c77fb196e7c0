"""A Kafka with TLS, logins and rights: each service logs in another way, and has just its rights."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from confluent_kafka.admin import ScramMechanism

from pageheat.__main__ import main
from pageheat.kafka.installation import KafkaInstallation
from pageheat.services.contract.rights import SERVICES
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.settings import KafkaSettings
from tests.support.secured import A_DAY, PASSWORD, Authority, SecuredKafka, carry_out, identity_provider
from tests.support.system import Instance, running, until
from tests.support.visitors import PAGES, Visitors

PREFIX = "heat."

Login = dict[str, str]


class World:
    """A secured Kafka, and how to log in there."""

    def __init__(self, kafka: SecuredKafka, authority: Authority, folder: Path, token_url: str) -> None:
        self.kafka = kafka
        self.folder = folder
        self.authority = authority
        self.file = folder / "password"
        self.file.write_text(f"{PASSWORD}\n")
        self.token_url = token_url

    def sasl(self, user: str, mechanism: str, **settings: str) -> Login:
        return {
            "KAFKA_BROKER": self.kafka.sasl,
            "KAFKA_PREFIX": PREFIX,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_CA_FILE": str(self.authority.file),
            "KAFKA_SASL_MECHANISM": mechanism,
            "KAFKA_USERNAME": user,
            **({} if "KAFKA_PASSWORD" in settings else {"KAFKA_PASSWORD_FILE": str(self.file)}),
            **settings,
        }

    def mutual(self, certificate: Path) -> Login:
        return {
            "KAFKA_BROKER": self.kafka.mutual,
            "KAFKA_PREFIX": PREFIX,
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_CA_FILE": str(self.authority.file),
            "KAFKA_CERT_FILE": str(certificate),
            "KAFKA_KEY_FILE": str(certificate.with_suffix(".key")),
        }

    def login(self, service: str) -> Login:
        """Each service's own."""
        return {
            "ingest": lambda: self.sasl("ingest", "SCRAM-SHA-256"),
            "aggregator": lambda: self.sasl("aggregator", "SCRAM-SHA-512", KAFKA_PASSWORD=PASSWORD),
            "broadcaster": lambda: self.sasl("broadcaster", "PLAIN"),
            "history": lambda: self.sasl("history", "OAUTHBEARER", KAFKA_OAUTH_TOKEN_URL=self.token_url),
            "group_by": lambda: self.mutual(self.authority.issue("group_by")),
            "verify": lambda: self.mutual(self.authority.issue("verify")),
        }[service]()


@pytest.fixture(scope="module")
def world(kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    kafka = SecuredKafka(kafka_installation, folder / "kafka", authority)
    with kafka.node, identity_provider() as token_url:
        kafka.add_user("ingest", ScramMechanism.SCRAM_SHA_256)
        kafka.add_user("aggregator", ScramMechanism.SCRAM_SHA_512)
        kafka.add_user("nobody", ScramMechanism.SCRAM_SHA_256)
        yield World(kafka, authority, folder, token_url)


class Command:
    """Runs `pageheat …` here, with a login."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, settings: Login, *words: str) -> tuple[int, str]:
        """Exit code and output."""
        with self._monkeypatch.context() as here:
            for name, value in settings.items():
                here.setenv(name, value)
            code = main(list(words))
        said = self._capsys.readouterr()
        return code, said.out + said.err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    for name in KafkaSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return Command(monkeypatch, capsys)


def plan_for(world: World, command: Command, user: str) -> str:
    """What `pageheat topics --plan` prints."""
    code, plan = command.run(world.sasl("ingest", "SCRAM-SHA-256"), "topics", "--plan", "--user", user)
    assert code == 0
    return plan


def test_what_the_plan_lists_is_just_enough_for_a_visitors_way_to_the_viewer_and_its_verification(
    world: World, command: Command, tmp_path: Path
) -> None:
    admin = world.kafka.admin
    carry_out(plan_for(world, command, "-"), admin, "Topic ")
    services = [name for name in SERVICES if name != "history" or find_spec("chdb")]
    for service in services:
        user = "CN=group_by" if service == "group_by" else service
        carry_out(plan_for(world, command, user), admin, f"Service {service}:")
    carry_out(plan_for(world, command, "CN=verify"), admin, "Tools, if they are used: verify")

    with running(world.kafka, tmp_path, HISTORY_FOLDER=str(tmp_path / "history")) as system:
        started = {name: system.start(name, **world.login(name)) for name in services}
        for instance in started.values():
            instance.wait_until_healthy()
        with Visitors(started["ingest"].address) as visitors:
            until(lambda: warm(started["broadcaster"]) == {*PAGES}, lambda: "some page is not warm")
            ports = {f"{name.upper()}_PORT": str(instance.port) for name, instance in started.items()}
            code, said = command.run(
                world.login("verify") | ports | {"COUNT_ROBOTS": "true"}, "verify", "--seconds", "2"
            )
        assert code == 0, said
        assert "FAIL" not in said
        assert visitors.frames
        if "history" in started:
            assert "history" in said
        logs = "".join(instance.log() for instance in started.values())
    assert PASSWORD not in logs + said
    names = {name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")}
    assert names == {f"{PREFIX}{name}" for name in read_specs()}
    groups = {group.group_id for group in admin.list_consumer_groups().result().valid}
    assert groups == {f"{PREFIX}{name}" for name in services if name in ("group_by", "aggregator", "history")}


def warm(broadcaster: Instance) -> set[str]:
    with urllib.request.urlopen(f"http://{broadcaster.address}/_pageheat/pages", timeout=10) as answer:
        return {page["page"] for page in json.load(answer)["pages"]}


def test_whoever_may_not_see_or_not_create_topics_is_told_so_in_one_line(
    world: World, command: Command
) -> None:
    login = world.sasl("nobody", "SCRAM-SHA-256", KAFKA_PREFIX="other.")
    code, said = command.run(login, "topics")
    assert (code, said.count("\n")) == (1, 1), said
    assert "KAFKA_USERNAME=nobody may not see other.clickstream" in said
    assert said.endswith(": 'pageheat topics --plan' lists the rights that are needed\n")
    world.kafka.allow("nobody", "other.", "DESCRIBE")
    code, said = command.run(login, "topics")
    assert (code, said.count("\n")) == (1, 1), said
    assert (
        "topic other.clickstream cannot be created: Kafka does not allow this to KAFKA_USERNAME=nob" in said
    )


def test_a_service_that_lacks_a_right_names_it_in_its_last_line(
    world: World, command: Command, tmp_path: Path
) -> None:
    login = world.sasl("nobody", "SCRAM-SHA-256", KAFKA_PREFIX="few.")
    carry_out(command.run(login, "topics", "--plan")[1], world.kafka.admin, "Topic ")

    def last_line(service: str) -> str:
        instance = system.start(service, **login)
        until(lambda: instance.ended, instance.describe)
        return str(json.loads(instance.log().splitlines()[-1])["message"])

    with running(world.kafka, tmp_path) as system:
        world.kafka.allow("nobody", "few.", "READ")
        assert last_line("ingest") == (
            "KAFKA_USERNAME=nobody may not write few.clickstream: 'pageheat topics --plan' lists the rights "
            "that are needed"
        )
        world.kafka.allow("nobody", "few.", "WRITE")
        assert last_line("group_by") == (
            "Kafka does not allow this to KAFKA_USERNAME=nobody: FindCoordinator response error: Group "
            "authorization failed; 'pageheat topics --plan' lists the rights that are needed"
        )


WRONG: dict[str, tuple[Callable[[World], Login], str]] = {
    "password": (
        lambda world: world.sasl("ingest", "SCRAM-SHA-256", KAFKA_PASSWORD="wrong"),
        "Kafka does not let KAFKA_USERNAME=ingest in: ",
    ),
    "secret of OIDC": (
        lambda world: world.sasl(
            "history", "OAUTHBEARER", KAFKA_OAUTH_TOKEN_URL=world.token_url, KAFKA_PASSWORD="wrong"
        ),
        "Kafka does not let KAFKA_USERNAME=history in: ",
    ),
    "certificate of ours that has ended": (
        lambda world: world.mutual(world.authority.issue("late", ends=-A_DAY)),
        "certificate unknown: SSL alert number 46; check until when the certificate is valid, who signed it",
    ),
    "certificate of theirs that has ended": (
        lambda world: world.mutual(world.authority.issue("verify")) | {"KAFKA_BROKER": world.kafka.expired},
        "the brokers' certificate is not accepted: certificate has expired; check KAFKA_CA_FILE",
    ),
    "authority": (
        lambda world: (
            world.mutual(world.authority.issue("verify"))
            | {"KAFKA_CA_FILE": str(Authority(world.folder, "stranger").file)}
        ),
        "the brokers' certificate is not accepted: ",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_login_that_is_refused_is_told_at_once_in_one_line(
    world: World, command: Command, what: str
) -> None:
    login, told = WRONG[what]
    code, said = command.run(login(world), "topics")
    assert (code, said.count("\n")) == (1, 1), said
    assert told in said
    assert "wrong" not in said
