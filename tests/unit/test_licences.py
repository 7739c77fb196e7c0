"""docs/licences.md lists what is installed, under licences that are allowed."""

import pytest

from tests.support.licences import DEVELOP, HEADINGS, PAGE, RUN, is_allowed, locked, spdx, tables

LISTED = tables(PAGE.read_text())

ELSEWHERE = {"colorama", "httpx2-jsfetch", "backports-zstd", "setuptools"}
"""Packages for other systems or Pythons, which a check on this one may miss."""


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_list_is_what_the_packages_say(heading: str) -> None:
    found = HEADINGS[heading]()
    assert found.items() <= LISTED[heading].items(), "run make licences"


def test_every_locked_package_is_listed() -> None:
    listed = {name for packages in LISTED.values() for name in packages}
    assert locked(*RUN, *DEVELOP) - ELSEWHERE <= listed, "run make licences"


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_licence_is_allowed(heading: str) -> None:
    assert {name: said for name, said in LISTED[heading].items() if not is_allowed(said)} == {}


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("GNU General Public License v3", "?"),
        ("AGPL-3.0", "?"),
        ("Apache Software License", "Apache-2.0"),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "MPL-2.0 AND (Apache-2.0 OR MIT)"),
    ],
)
def test_licences_are_known_by_their_spellings(said: str, known: str) -> None:
    assert spdx(said) == known
    assert is_allowed(known) is (known != "?")
