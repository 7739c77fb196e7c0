"""uvicorn's protocols as the proxy of a site needs them."""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from pageheat.frontends.heatmap.sockets import MAX_MESSAGE_BYTES
from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol

STATUS_LINE.update({status: b"HTTP/1.1 %d \r\n" % status for status in range(600, 1000)})
"""Sites send such statuses (LinkedIn 999), and browsers show the page. uvicorn has lines for 100 to 599."""


class SiteWebSocketProtocol(TimeoutWebSocketProtocol):
    """Takes messages as long as sites take them, from few people, over any line."""

    message_timeout_s = 60
    """For MAX_MESSAGE_BYTES over a line of 5 Mbit/s."""
    max_unfinished_bytes = 2 * MAX_MESSAGE_BYTES
    max_fragments = 8192
    """For MAX_MESSAGE_BYTES in fragments of 4 KiB, as proxies send them."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a refused handshake is complete, too, which uvicorn would log as an error."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True


SERVER_OPTIONS: dict[str, object] = {"ws": SiteWebSocketProtocol, "ws_max_size": MAX_MESSAGE_BYTES}
"""For `services.runtime.web.serve`."""
