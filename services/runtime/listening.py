"""How a port is opened."""

import errno
import socket

from pageheat.services.contract.errors import PageheatError

BACKLOG = 2048
"""Queue of connections to be accepted: after a restart, all visitors of a site reconnect at once."""


class PortTaken(PageheatError):
    """The port is not available, mostly because another process listens on it; `reason` is the system's."""

    def __init__(self, address: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {address}:{port}: {reason}; stop what uses the port, or set another in .env"
        )
        self.reason = reason


class NotOurAddress(PageheatError):
    """The address to listen on does not belong to this machine."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"BIND_ADDRESS={address}: {reason}: should be an address of this machine, such as 127.0.0.1, or "
            "0.0.0.0 for all of them"
        )


def listen(address: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A listening TCP socket. Shared ones may be on one port together.

    Raises:
        PortTaken: the port is not available.
        NotOurAddress: the address does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            raise NotOurAddress(address, reason) from None
        raise PortTaken(address, port, reason) from None
    return listener
