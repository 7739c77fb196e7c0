"""XPaths of recordings as selectors."""

import csv
from pathlib import Path

import pytest

from pageheat.services.contract.records import MAX_SELECTOR_CHARS
from pageheat.traffic.xpath import selector_of
from tests.support.recordings import CHOSEN

THE_PAGE = {"/", "/html", "/html/body"}
"""The page, which is no element."""


@pytest.mark.parametrize(
    ("xpath", "selector"),
    [
        ("//*[@id='tads']", "#tads"),
        ("//*[@id='tads']/div[1]/div/a", "#tads>div:nth-of-type(1)>div:nth-of-type(1)>a:nth-of-type(1)"),
        ("//*[@id='rso']/div[12]/g-img", "#rso>div:nth-of-type(12)>g-img:nth-of-type(1)"),
        ('//*[@id="_U16iYur7N-us4"]/h3', "#_U16iYur7N-us4>h3:nth-of-type(1)"),
        ("//*[@id='59th street']/p[2]", '[id="59th street"]>p:nth-of-type(2)'),
        ("//*[@id='it's']", '[id="it\'s"]'),
        ("//*[@id='a/b']/i", '[id="a/b"]>i:nth-of-type(1)'),
        ("/html/body/div[2]/SPAN", "body>div:nth-of-type(2)>span:nth-of-type(1)"),
        ("/html[1]/body[1]/p[1]", "body>p:nth-of-type(1)"),
        # the page itself
        ("/", None),
        ("", None),
        ("/html", None),
        ("/html/body", None),
        # no selector in our grammar
        ("//*[@id='a\"b']", None),
        ("//*[@id='']", None),
        (f"//*[@id='{'a' * 65}']", None),
        ("//*[@id='a']/div[0]", None),
        ("//*[@id='a']/div[100000]", None),
        ("//*[@id='a']/*[name()='svg']/path", None),
        ("//*[@id='a']//b", None),
        ("//*[@id='a']/", None),
        ("//div[@class='a']", None),
        ("/html/head/title", None),
        ("//*[@id='a']" + "/div[1]" * MAX_SELECTOR_CHARS, None),
    ],
)
def test_a_selector_has_the_same_path_as_its_xpath(xpath: str, selector: str | None) -> None:
    assert selector_of(xpath) == selector


@pytest.mark.parametrize("file", CHOSEN.rows, ids=lambda file: file.stem)
def test_every_element_of_a_session_has_a_selector(file: Path) -> None:
    with file.open(newline="") as lines:
        xpaths = {row["xpath"] for row in csv.DictReader(lines)} - THE_PAGE
    assert xpaths
    assert [xpath for xpath in xpaths if selector_of(xpath) is None] == []
