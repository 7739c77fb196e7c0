"""Reads the topic `watched`: which pages have viewers, as broadcasters tell it."""

import asyncio
import logging
import time

from confluent_kafka import KafkaException, TopicPartition

from pageheat.services.contract.topics import WATCHED
from pageheat.services.contract.versions import NewerRecord
from pageheat.services.contract.watching import LEASE_MS, NotWatched, page_of
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.log_reader import CannotRead, LogReader

log = logging.getLogger(__name__)

WAIT_S = 0.25
"""Timeout for a first record; a stop is noticed at most this late."""

BATCH = 1_000
"""Records of one read."""

RETRY_S = 1.0
"""Pause after a failure: while Kafka is away, visitors' frames wait for it too."""


class WatchedSource:
    """Batches of the pages that are watched."""

    def __init__(self, cluster: Cluster) -> None:
        # Kafka answers as soon as it has a record
        self._reader = LogReader(cluster, {"fetch.wait.max.ms": 500}, logger=log)
        self._started = False
        self._has_warned = False

    async def pages(self) -> list[str]:
        """See `next`."""
        return await asyncio.to_thread(self.next)

    def next(self) -> list[str]:
        """The pages of the next records, if some come within WAIT_S and Kafka is not away."""
        try:
            return self._read()
        except (CannotRead, KafkaException) as error:
            log.warning("which pages are watched is not known for now: %s", error)
            time.sleep(RETRY_S)
            return []

    def _read(self) -> list[str]:
        if not self._started:
            self._start()
        first = self._reader.read(1, WAIT_S)
        pages = []
        for message in first + (self._reader.read(BATCH, 0) if first else []):
            try:
                pages.append(page_of(message.key(), message.value()))
            except NewerRecord as error:
                self._warn_once(error)
            except NotWatched as error:
                log.warning("a record of %s is ignored: %s", WATCHED, error)
        return pages

    def _start(self) -> None:
        """Read from the oldest record that may still be true."""
        since_ms = int(time.time() * 1000) - LEASE_MS
        places = [TopicPartition(WATCHED, number, since_ms) for number in self._reader.partitions(WATCHED)]
        # a partition without such a record has the offset of its end here
        self._reader.assign(self._reader.offsets_for_time(places))
        self._started = True

    def _warn_once(self, error: NewerRecord) -> None:
        """Visitors go on as if nobody watched: heat is older then, and as exact."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("which pages are watched is not known until this service is upgraded: %s", error)

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()
