import gzip

import pytest

from frontends.tracker import Script, scripts

GZIP_TIME = slice(4, 8)
"""Where gzip's header keeps the time (RFC 1952, 2.3)."""

MAX_BYTES = {"tracker.js": 4096, "frustration.js": 1536}
"""Minified and gzipped, as served: what each visit of a site's pages has to carry at most."""

each_script = pytest.mark.parametrize("script", scripts().values(), ids=scripts().keys())


def test_each_stays_within_its_size() -> None:
    sizes = {name: len(script.gzipped) for name, script in scripts().items()}
    assert sizes.keys() == MAX_BYTES.keys()
    assert all(sizes[name] <= most for name, most in MAX_BYTES.items()), sizes


@each_script
def test_both_encodings_are_the_same_script_under_one_weak_etag(script: Script) -> None:
    assert gzip.decompress(script.gzipped) == script.body
    assert script.etag.startswith('W/"')


@each_script
def test_every_instance_serves_the_same_bytes_whenever_it_started(script: Script) -> None:
    assert script.gzipped[GZIP_TIME] == bytes(4)
