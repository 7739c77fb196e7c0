"""A bare server of the library `websockets`, which reads messages and drops them.

As the library's documentation has it, but without compression, which ingest does not offer either. Prints
its port.
"""

import asyncio

from websockets.asyncio.server import ServerConnection, serve


async def drop(connection: ServerConnection) -> None:
    """One connection, to its end."""
    async for _ in connection:
        pass


async def main() -> None:
    """Serve until SIGTERM."""
    async with serve(drop, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
