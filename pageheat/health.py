"""Check whether a process is ready; containers run it as `python -m pageheat.health PORT PATH`."""

import http.client
import sys

TIMEOUT_S = 2
"""Limit for the answer; a slower process counts as not ready."""


def why_unready(host: str, port: int, path: str) -> str | None:
    """Why the process that listens there is not ready, or None if it is."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace").strip()
        return None if answer.status == 200 else f"{answer.status} {text}"
    except (OSError, http.client.HTTPException):
        return "no answer"
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(why_unready("127.0.0.1", int(sys.argv[1]), sys.argv[2]))
