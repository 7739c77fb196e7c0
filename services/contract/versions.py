"""The versions of what is written to topics and sent by trackers, and what becomes of others. Pure.

A record says as `v` which version it has. A version is raised when a program that does not know the new form
would read it wrongly; fields that may be ignored raise none. A program writes the highest version it knows.

| a record has | its reader |
| --- | --- |
| a version below | reads it |
| a later one | ends with `NewerRecord`, and commits nothing of it: Kafka keeps it for a later program |
| an earlier one | refuses it as unreadable: it is kept as a dead letter |

Who raises a version lets readers know the one before as well, for a release: so that services can be replaced
one after the other, readers first (docs/operations/upgrade.md).
"""

from contextlib import suppress
from typing import Literal, NamedTuple, get_args

import msgspec

from pageheat.services.contract.errors import PageheatError

FRAME: Literal[2] = 2
"""Of frames: of trackers, and on both clickstream topics."""

FrameVersion = Literal[2]
"""Those that are read."""

HEAT: Literal[1] = 1
"""Of grids and heartbeats on `heatmap`, and of breakdowns on `heatmap-detail`."""

HeatVersion = Literal[1]
"""Those that are read. A record without a version is of the first one."""

WATCHED = 1
"""Of records on `watched`, the only one that is read. ingest and aggregator ignore others: visitors
send then, and grids are written, as if nobody watched."""


class NewerRecord(PageheatError):
    """A record was written by a later program."""


class _Versioned(msgspec.Struct):
    v: int


_json = msgspec.json.Decoder(_Versioned)
_msgpack = msgspec.msgpack.Decoder(_Versioned)


class Form(NamedTuple):
    """What a kind of record is called, its newest version, and whether it is MessagePack."""

    name: str
    newest: int
    is_packed: bool = False

    def version_of(self, value: bytes) -> int | None:
        """The version that a record states, None if it states none."""
        with suppress(msgspec.DecodeError, ValueError, RecursionError):
            return (_msgpack if self.is_packed else _json).decode(value).v
        return None

    def require_known(self, value: bytes) -> None:
        """Raise NewerRecord if a record that cannot be read is of a later version."""
        version = self.version_of(value)
        if version is not None and version > self.newest:
            raise NewerRecord(
                f"a {self.name} has version {version}, and this program reads {self.newest}: it was written "
                "by a later program, so upgrade this one too; Kafka keeps the record until then"
            )


FRAMES = Form("frame", max(get_args(FrameVersion)))
GRIDS = Form("grid or heartbeat", max(get_args(HeatVersion)), is_packed=True)
BREAKDOWNS = Form("breakdown", max(get_args(HeatVersion)))
