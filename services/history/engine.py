"""The database: ClickHouse's engine in this process (chDB), or a ClickHouse server. The same SQL for both."""

import fcntl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

import httpx2

from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.native import Native

Parameters = Mapping[str, str | int]
"""Values of the `{name:Type}` in a statement."""

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": r"\0"})
"""ClickHouse reads a parameter's value as a field of tab-separated values."""

READERS = 4
"""Queries that run at once in the process; the others wait. Each has one thread, and the writer its own."""

SERVER_TIMEOUT_S = 60
"""Of a request to a ClickHouse server: longer than any question or insert of ours may run."""

COMMAND_TIMEOUT_S = 3_600
"""Of a statement without an answer: a migration may fill a table with all of another's rows."""

INSERT_SETTINGS = {
    "async_insert": 0,
    "max_block_size": 100_000_000,
    "max_insert_block_size": 100_000_000,
    "max_insert_threads": 1,
    "min_insert_block_size_rows": 0,
    "min_insert_block_size_bytes": 0,
    "optimize_on_insert": 0,
}
"""An insert is one block, and stored when it returns: its token then tells whether it was. Rows are not added
up meanwhile, as hardly any of a batch are of the same key, and that costs more than all else."""


class EngineFailed(PageheatError):
    """The database refused a statement, or does not answer; the message is its own."""


class MissingEngine(PageheatError):
    """The optional packages are not installed."""


class Engine(Protocol):
    """Runs statements. Safe to use from several threads."""

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        """The answer in one of ClickHouse's formats. Raises EngineFailed."""

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement without an answer. Raises EngineFailed."""

    def insert(self, table: str, block: Native, token: str) -> None:
        """Add a block; not again if the table knows the token. Raises EngineFailed."""

    def close(self) -> None:
        """Release the database."""


_open_here: set[Path] = set()
"""Folders that this process has open."""


class Embedded:
    """chDB on a folder. A second process on the same folder is refused."""

    def __init__(self, folder: Path) -> None:
        try:
            session = import_module("chdb.session").Session
        except ImportError:
            raise MissingEngine(
                "the history needs chDB: pip install 'pageheat[history]' (here: make history); or set "
                "CLICKHOUSE_URL to a ClickHouse server"
            ) from None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _require_alone(folder)
        except OSError as error:
            raise EngineFailed(f"HISTORY_FOLDER={folder}: {error.strerror}") from None
        try:
            self._writer: Any = session(str(folder))
            _open_here.add(folder.resolve())
            self._readers: SimpleQueue[Any] = SimpleQueue()
            for _ in range(READERS):
                self._readers.put(session(str(folder)))
        except Exception as error:
            raise EngineFailed(f"HISTORY_FOLDER={folder}: {_first_line(error)}") from None
        self._writing = threading.Lock()
        self._folder = folder.resolve()
        self._block = self._folder / "block.native"

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        """See Engine."""
        session = self._readers.get()
        try:
            with _refusals(session):
                return bytes(session.query(sql, format_, params=_escaped(parameters)).bytes())
        finally:
            self._readers.put(session)

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """See Engine."""
        with self._writing, _refusals(self._writer):
            self._writer.query(sql, params=_escaped(parameters))

    def insert(self, table: str, block: Native, token: str) -> None:
        """See Engine.

        The block goes through a file: as a parameter of the statement it would take 20 times as much CPU, and
        chDB's `send_insert` says nothing if the disk is full.
        """
        settings = INSERT_SETTINGS | {"insert_deduplication_token": f"'{token}'"}
        text = ", ".join(f"{name} = {value}" for name, value in settings.items())
        names = _names(block)
        with self._writing, _refusals(self._writer):
            try:
                self._block.write_bytes(block)
                self._writer.query(
                    f"INSERT INTO {table} ({names}) SETTINGS {text} "
                    f"SELECT {names} FROM file({{path:String}}, Native)",
                    params=_escaped({"path": str(self._block)}),
                )
            except OSError as error:
                raise EngineFailed(f"{self._block}: {error.strerror}") from None
            finally:
                self._block.unlink(missing_ok=True)

    def close(self) -> None:
        """See Engine; statements after it are refused, so that threads with one end."""
        with self._writing:
            if self._writer:
                for _ in range(READERS):
                    self._readers.get().close()
                self._writer.close()
                self._writer = None
                _open_here.discard(self._folder)
                for _ in range(READERS):
                    self._readers.put(None)


class Server:
    """A ClickHouse server by HTTP. User and password are in the address: `http://user:password@host:8123`."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, timeout=SERVER_TIMEOUT_S)

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        """See Engine."""
        return self._send({"default_format": format_}, sql.encode(), parameters)

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """See Engine."""
        self._send({}, sql.encode(), parameters, COMMAND_TIMEOUT_S)

    def insert(self, table: str, block: Native, token: str) -> None:
        """See Engine."""
        settings = {name: str(value) for name, value in INSERT_SETTINGS.items()}
        into = f"INSERT INTO {table} ({_names(block)}) FORMAT Native"
        statement = {"query": into, "insert_deduplication_token": token}
        self._send(settings | statement, block, None)

    def close(self) -> None:
        """See Engine."""
        self._client.close()

    def _send(
        self,
        options: dict[str, str],
        body: bytes,
        parameters: Parameters | None,
        read_s: int = SERVER_TIMEOUT_S,
    ) -> bytes:
        timeout = httpx2.Timeout(SERVER_TIMEOUT_S, read=read_s)
        given = {f"param_{name}": value for name, value in _escaped(parameters).items()}
        try:
            answer = self._client.post("/", params=options | given, content=body, timeout=timeout)
        except httpx2.HTTPError as error:
            raise EngineFailed(f"CLICKHOUSE_URL does not answer: {error or type(error).__name__}") from None
        if answer.status_code != 200:
            raise EngineFailed(answer.text.strip().partition("\n")[0])
        return answer.content


def engine_of(url: str, folder: Path) -> Engine:
    """The engine that the settings name."""
    return Server(url) if url else Embedded(folder)


def _names(block: Native) -> str:
    return ", ".join(f"`{name}`" for name in block.names)


def _escaped(parameters: Parameters | None) -> dict[str, str]:
    return {name: str(value).translate(_ESCAPES) for name, value in (parameters or {}).items()}


@contextmanager
def _refusals(session: Any) -> Iterator[None]:
    if session is None:
        raise EngineFailed("the database is closed")
    try:
        yield
    except RuntimeError as error:
        raise EngineFailed(_first_line(error)) from None


def _require_alone(folder: Path) -> None:
    """Refuse a folder that another process has open: the engine would say so in terms of its own."""
    status = folder / "status"  # the engine locks it
    if folder.resolve() in _open_here or not status.exists():
        return
    with status.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineFailed(
                f"HISTORY_FOLDER={folder}: another process has it open: stop the history that runs there"
            ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
