"""The only access to the wall clock: code that needs the time takes it as a parameter."""

import time


def wall_clock_ms() -> int:
    """Now, ms since the epoch."""
    return time.time_ns() // 1_000_000
