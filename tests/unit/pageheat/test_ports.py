"""Free ports for servers that start later."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pageheat.kafka.ports import PORTS, free_port


def test_no_port_is_given_twice_to_callers_who_ask_at_the_same_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as callers:
        given = list(callers.map(lambda _: free_port(tmp_path / "last"), range(200)))
    assert len(set(given)) == len(given)
    assert set(given) <= set(PORTS)


def test_a_port_with_a_listener_is_passed_over(tmp_path: Path) -> None:
    last = tmp_path / "last"
    with socket.create_server(("127.0.0.1", taken := free_port(last))):
        last.write_text(str(taken - 1))
        assert free_port(last) != taken


def test_after_the_last_port_comes_the_first_again(tmp_path: Path) -> None:
    last = tmp_path / "last"
    last.write_text(str(PORTS.stop - 1))
    assert free_port(last) in PORTS[:100]


def test_a_damaged_file_is_begun_again(tmp_path: Path) -> None:
    last = tmp_path / "last"
    last.write_text("?")
    assert free_port(last) in PORTS
