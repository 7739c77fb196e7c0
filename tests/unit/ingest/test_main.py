"""How many sockets ingest keeps open."""

import logging

import pytest

from pageheat.services.ingest.main import SPARE_FILES, sockets_within


@pytest.mark.parametrize(
    ("files", "wanted", "kept"),
    [
        (-1, 24_000, 24_000),
        (65_536, 24_000, 24_000),
        (20_000, 24_000, 20_000 - SPARE_FILES),
        (256, 24_000, 1),
    ],
)
def test_no_more_sockets_are_kept_than_files_may_be_open(
    files: int, wanted: int, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert sockets_within(files, wanted) == kept
    assert bool(caplog.records) == (kept < wanted)
