"""A bare server of the library `websockets` that broadcasts: `python -m benchmarks.broadcast_server`.

Follows the library's documentation, but without compression, which broadcaster does not offer. Prints its
port. Each line on standard input is a JSON list: a text, and the pages whose viewers get it.
"""

import asyncio
import json
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

watching: dict[str, set[ServerConnection]] = defaultdict(set)


async def watch(connection: ServerConnection) -> None:
    """Serve one connection until it closes."""
    assert connection.request
    page = connection.request.path
    watching[page].add(connection)
    try:
        await connection.wait_closed()
    finally:
        watching[page].remove(connection)


async def main() -> None:
    """Serve until standard input ends."""
    async with serve(watch, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            text, pages = json.loads(line)
            for page in pages:
                broadcast(watching[page], text)


if __name__ == "__main__":
    asyncio.run(main())
