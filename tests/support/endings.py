"""Whether processes end that are not children of the test."""

import os
import selectors
import time


def handles_of(pids: list[int]) -> list[int]:
    """A handle of each process, readable once it has ended; also if its id is given to another then."""
    return [os.pidfd_open(pid) for pid in pids]


def all_end(handles: list[int], within_s: float) -> bool:
    """Whether all these processes end within that time; closes the handles. With 0, whether they have."""
    deadline_s = time.monotonic() + within_s
    with selectors.DefaultSelector() as waiting:
        for handle in handles:
            waiting.register(handle, selectors.EVENT_READ)
        while waiting.get_map() and (ended := waiting.select(max(0.0, deadline_s - time.monotonic()))):
            for key, _ in ended:
                waiting.unregister(key.fileobj)
        remain = len(waiting.get_map())
    for handle in handles:
        os.close(handle)
    return not remain
