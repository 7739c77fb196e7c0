"""A stand-in for a ClickHouse server: the part of its HTTP interface that the history uses, on chDB."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from pageheat.services.history.engine import Embedded, EngineFailed
from pageheat.services.history.native import Native


@contextmanager
def clickhouse(engine: Embedded) -> Iterator[str]:
    """Its address; statements are run by `engine`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            options = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                status, answer = 200, answered(options, body)
            except EngineFailed as error:
                status, answer = 400, str(error).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    def answered(options: dict[str, str], body: bytes) -> bytes:
        if "query" in options:
            statement = re.fullmatch(r"INSERT INTO (\S+) \((.*)\) FORMAT Native", options["query"])
            assert statement, options["query"]
            block = Native(body)
            block.names = tuple(name.strip("`") for name in statement[2].split(", "))
            engine.insert(statement[1], block, options["insert_deduplication_token"])
            return b""
        parameters = {
            name.removeprefix("param_"): value for name, value in options.items() if name.startswith("param_")
        }
        if "default_format" in options:
            return engine.query(body.decode(), parameters, format_=options["default_format"])
        engine.command(body.decode(), parameters)
        return b""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
