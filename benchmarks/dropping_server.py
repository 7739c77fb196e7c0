"""A bare server of the library `websockets` that reads messages and drops them.

Follows the library's documentation, but without compression, which ingest does not offer. Prints its port.
"""

import asyncio

from websockets.asyncio.server import ServerConnection, serve


async def drop(connection: ServerConnection) -> None:
    """Read one connection until it closes."""
    async for _ in connection:
        pass


async def main() -> None:
    """Serve until SIGTERM."""
    async with serve(drop, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
