import gzip

from frontends.tracker import load

GZIP_TIME = slice(4, 8)
"""Where gzip's header keeps the time (RFC 1952, 2.3)."""


def test_it_is_at_most_4_kib_minified_and_gzipped_as_served() -> None:
    assert len(load().gzipped) <= 4096


def test_both_encodings_are_the_same_script_under_one_weak_etag() -> None:
    script = load()
    assert gzip.decompress(script.gzipped) == script.body
    assert script.etag.startswith('W/"')


def test_every_instance_serves_the_same_bytes_whenever_it_started() -> None:
    assert load().gzipped[GZIP_TIME] == bytes(4)
