"""`pageheat dead-letters` on a real Kafka: unreadable records listed, shown and resent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Producer

from pageheat.__main__ import main
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.dead_letters import MAX_VALUE_BYTES, DeadLetter
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from tests.support.system import running, until
from tests.support.topics import records

SOURCE = [("source.partition", b"4"), ("source.offset", b"17")]

NESTED = DeadLetter(CLICKSTREAM, 3, 8812, "nested too deeply", b"ann", b"[" * 5000)
HOSTILE = DeadLetter(BY_PAGE, 0, 5, "no JSON: \x1b[2J\n", b"/lamp", b'{"v":\t\x1b]0;', SOURCE)
EMPTY = DeadLetter(CLICKSTREAM, 11, 0, "no value", None, None)
LONG = DeadLetter(CLICKSTREAM, 3, 9000, "too long", b"bob", b"\0" * (MAX_VALUE_BYTES + 1))

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(node: KafkaNode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; exit code and output."""
    monkeypatch.setenv("KAFKA_BROKER", node.broker)

    def command(*arguments: str) -> tuple[int, str]:
        code = main(["dead-letters", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def kept(node: KafkaNode, run: Run) -> None:
    """The topic holds the four dead letters, the first twice, and one other record."""
    assert run("replay", "--all")[0] in (0, 1)  # left by other tests
    producer = Producer({"bootstrap.servers": node.broker})
    producer.produce(DEAD_LETTER, b"?", b"nowhere", 0)
    for letter in (NESTED, HOSTILE, EMPTY, NESTED, LONG):
        hostile = [("source.cut", b"value,\x1b]0;")] if letter is LONG else []
        producer.produce(DEAD_LETTER, letter.value, letter.key, 0, headers=letter.headers + hostile)
    assert producer.flush(15) == 0


@pytest.mark.usefixtures("kept")
def test_the_list_has_each_dead_letter_once_newest_first_without_control_characters(run: Run) -> None:
    code, said = run()
    rows = [line.split("\t")[1:] for line in said.splitlines()]
    assert code == 0
    assert rows == [
        ["clickstream/3/9000", str(MAX_VALUE_BYTES + 1), "bob", "too long", "\\x00" * 64],
        ["clickstream/3/8812", "5000", "ann", "nested too deeply", "[" * 64],
        ["clickstream/11/0", "-", "-", "no value", ""],
        [f"{BY_PAGE}/0/5", "10", "/lamp", "no JSON: \\x1b[2J\\n", '{"v":\\t\\x1b]0;'],
        ["nowhere", "1", "-", "not a dead letter: the key is not an origin", "?"],
    ]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("narrowed", "count"),
    [(("--limit", "2"), 2), (("--since", "1h"), 5), (("--topic", CLICKSTREAM), 3), (("--topic", BY_PAGE), 1)],
)
def test_the_list_can_be_filtered(run: Run, narrowed: tuple[str, str], count: int) -> None:
    assert len(run(*narrowed)[1].splitlines()) == count


@pytest.mark.usefixtures("kept")
def test_show_prints_a_whole_dead_letter(run: Run) -> None:
    code, said = run("show", f"{BY_PAGE}/0/5")
    assert code == 0
    assert "reason:    no JSON: \\x1b[2J\\n" in said
    assert "header source.offset: 17" in said
    assert said.endswith('\n{"v":\\t\\x1b]0;\n')
    assert run("show", "clickstream/3/8812", "--raw") == (0, "[" * 5000)


@pytest.mark.usefixtures("kept")
def test_an_unknown_dead_letter_is_reported(run: Run) -> None:
    code, said = run("show", "clickstream/0/1")
    assert code == 1
    assert "there is no dead letter of clickstream/0/1" in said
    for typed in ("\udcff", "\x1b[2J"):  # Python's form of an argument that is not UTF-8
        assert run("show", typed)[0] == 1
        code, said = run("replay", typed)
        assert code == 1
        assert said.startswith(("\\xff", "\\x1b[2J"))


@pytest.mark.usefixtures("kept")
def test_a_resent_record_goes_to_its_own_partition_and_leaves_the_list(node: KafkaNode, run: Run) -> None:
    def newest(topic: str, partition: int) -> object:
        last = [message for message in records(node.broker, topic) if message.partition() == partition][-1]
        return last.key(), last.value(), last.headers()

    code, said = run("replay", NESTED.key.decode(), HOSTILE.key.decode(), "clickstream/0/1")
    assert code == 1
    assert "clickstream/3/8812: sent again\n" in said
    assert said.endswith(
        "clickstream/0/1: there is no such dead letter\n2 sent again, 0 not sent, 1 not found\n"
    )
    assert newest(CLICKSTREAM, 3) == (b"ann", b"[" * 5000, None)
    assert newest(BY_PAGE, 0) == (b"/lamp", HOSTILE.value, SOURCE)
    assert [line.split("\t")[1] for line in run()[1].splitlines()] == [
        "clickstream/3/9000",
        "clickstream/11/0",
        "nowhere",
    ]


@pytest.mark.usefixtures("kept")
def test_all_are_resent_except_truncated_ones(node: KafkaNode, run: Run) -> None:
    code, said = run("replay", "--all")
    assert code == 1
    assert (
        "clickstream/3/9000: not sent: too long to be kept whole: its value, \\x1b]0; (262,144 of 262,145"
        in said
    )
    assert "nowhere: not sent: it is not a dead letter: the key is not an origin\n" in said
    assert said.endswith("3 sent again, 2 not sent, 0 not found\n")
    assert [m.value() for m in records(node.broker, CLICKSTREAM) if m.partition() == 11][-1] is None
    code, said = run("replay", "--all", "--topic", BY_PAGE)
    assert (code, said) == (0, "0 sent again, 0 not sent, 0 not found\n")


def test_a_resent_record_that_is_still_unreadable_comes_back_with_its_new_offset(
    node: KafkaNode, run: Run, tmp_path: Path
) -> None:
    producer = Producer({"bootstrap.servers": node.broker})
    producer.produce(CLICKSTREAM, b"{", b"ann", 7)
    assert producer.flush(15) == 0

    def found() -> list[str]:
        origins = [line.split("\t")[1] for line in run()[1].splitlines()]
        return [origin for origin in origins if origin.startswith("clickstream/7/")]

    with running(node, tmp_path) as system:
        group_by = system.start("group_by")
        until(lambda: found() == ["clickstream/7/0"], group_by.describe)
        code, said = run("replay", "clickstream/7/0")
        assert code == 0, said
        until(lambda: found() == ["clickstream/7/1"], group_by.describe)
