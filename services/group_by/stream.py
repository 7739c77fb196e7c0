"""The stream that re-keys: each record of `clickstream` to its page, or to the dead letters."""

from typing import Any

from prometheus_client import Counter

from services.contract.dead_letters import DeadLetter
from services.contract.streams import (
    SerializationContext,
    Serializer,
    StreamApplication,
    message_context,
)
from services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from services.group_by.routing import PageFrame, route

frames = Counter("pageheat_group_by_frames", "Frames sent on to their page")


class ValueBytes(Serializer):
    """Writes the `value` of what is routed."""

    def __call__(self, value: PageFrame | DeadLetter, ctx: SerializationContext) -> bytes:
        """The bytes as they came."""
        return value.value


def rekey(app: StreamApplication) -> None:
    """Have the application route every record of `clickstream`."""
    by_page = app.raw_topic(BY_PAGE, ValueBytes())
    dead_letter = app.raw_topic(DEAD_LETTER, ValueBytes())
    stream = app.dataframe(app.raw_topic(CLICKSTREAM))
    stream = stream.apply(_route, metadata=True)
    stream = stream.set_headers(lambda routed, *_: routed.headers)
    stream.to_topic(
        lambda routed, *_: dead_letter if isinstance(routed, DeadLetter) else by_page,
        key=lambda routed: routed.key,
    )


def _route(value: Any, key: Any, _timestamp: int, _headers: Any) -> PageFrame | DeadLetter:
    context = message_context()
    routed = route(key, value, context.partition, context.offset)
    if isinstance(routed, DeadLetter):
        routed.report()
    else:
        frames.inc()
    return routed
