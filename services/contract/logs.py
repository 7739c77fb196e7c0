"""Logging: one line an event on standard error, the same form in every process."""

import logging
import sys
import time


def configure(service: str, level: str) -> None:
    """Log everything of this process as `time level service: message`, from `level` on.

    Times are UTC. Libraries speak up from WARNING on, whatever the level.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        f"%(asctime)s.%(msecs)03dZ %(levelname)-7s {service}: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("services", "frontends", "pageheat"):
        logging.getLogger(ours).setLevel(level)
