"""The way into a running history, for the operator's tools: parts of old logs, and backups.

A part that was sent while the history died is sent again: it is stored once, whichever moment that was.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.tokens import issue, of_operators
from pageheat.services.history.parts import BACKUP, FORM, IMPORT, OPERATOR, Known, Taken
from pageheat.services.runtime.access import secret_of
from pageheat.services.runtime.settings import ViewerSettings

AWAY_S = 60
"""How long the history may be away while parts are sent: it is restarted, and reads back, within seconds."""

ANSWER_S = 300
"""How long a part may take to be stored: less than a second, but on a machine that is busy."""

RETRY_S = 0.5
"""Pause between two attempts."""

TOKEN_S = 86_400
"""A token's life: longer than an import takes."""

T = TypeVar("T")


class HistoryAway(PageheatError):
    """The history does not answer."""


class HistoryRefuses(PageheatError):
    """It answers, but refuses, or fails."""


class Door:
    """The history at HISTORY_URL; use it as a context manager.

    Args:
        settings: where it is, and its secret.
        timeout_s: of an answer.
    """

    def __init__(self, settings: ViewerSettings, timeout_s: float = ANSWER_S) -> None:
        self._url = settings.history_url
        secret = secret_of(settings)
        headers = {OPERATOR: "1"}
        if secret:
            token = issue(of_operators(secret), "", "/", int(time.time()) + TOKEN_S)
            headers["authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(base_url=self._url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def known(self) -> list[Known]:
        """The parts that it has.

        Raises:
            HistoryAway, HistoryRefuses: it does.
        """
        return self._answer(lambda: self._http.get(IMPORT), list[Known], within_s=0)

    def store(self, part: bytes) -> Taken:
        """Have an encoded part stored. Waits while the history is away.

        Raises:
            HistoryAway, HistoryRefuses: it was away for AWAY_S, or refuses.
        """
        return self._answer(
            lambda: self._http.post(IMPORT, content=part, headers={"content-type": FORM}),
            Taken,
            within_s=AWAY_S,
        )

    @contextmanager
    def backup(self) -> Iterator[Iterator[bytes]]:
        """A backup, block by block.

        Raises:
            HistoryAway, HistoryRefuses: it does.
        """
        try:
            with self._http.stream("POST", BACKUP) as answer:
                if answer.status_code != httpx2.codes.OK:
                    answer.read()
                    raise self._refused(answer)
                yield answer.iter_bytes()
        except httpx2.HTTPError as error:
            raise self._away(error) from None

    def _answer(self, ask: Callable[[], Any], type_: type[T], *, within_s: float) -> T:
        until_s = time.monotonic() + within_s
        while True:
            try:
                answer = ask()
                break
            except httpx2.HTTPError as error:
                if time.monotonic() > until_s:
                    raise self._away(error) from None
            time.sleep(RETRY_S)
        if answer.status_code != httpx2.codes.OK:
            raise self._refused(answer)
        try:
            return msgspec.msgpack.decode(answer.content, type=type_)
        except msgspec.DecodeError:
            raise HistoryRefuses(f"{self._url} is no history of this version") from None

    def _away(self, error: Exception) -> HistoryAway:
        reason = str(error) or type(error).__name__
        return HistoryAway(
            f"the history at {self._url} does not answer ({reason}): start it, which needs its engine "
            "(pip install 'pageheat[history]'; here: make history), or set HISTORY_URL"
        )

    def _refused(self, answer: Any) -> HistoryRefuses:
        try:
            said = msgspec.json.decode(answer.content)["error"]
        except (msgspec.DecodeError, KeyError, TypeError):
            said = f"status {answer.status_code}"
        return HistoryRefuses(f"the history at {self._url} refuses: {said}")
