"""Names of pages: what tells two pages apart, and what does not. Browsers' part of the table is tested in
`tests/unit/tracker/naming.test.js`."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.pages import PATHS_ALONE, Pages, normal_path, page_key
from pageheat.services.runtime.settings import PageSettings

TABLE = json.loads((Path(__file__).parents[2] / "data" / "page_names.json").read_text("utf-8"))
ROWS = [pytest.param(group["settings"], row, id=row["address"]) for group in TABLE for row in group["pages"]]

ALL = Pages.parse(
    masks="/user/*", query="id,p,title", suffixes="/,.html,/index.html,/index.php", hash_routes=True
)


def of(settings: dict[str, Any]) -> Pages:
    return PageSettings(_env_file=None, **settings).pages


@pytest.mark.parametrize(("settings", "row"), ROWS)
def test_a_page_has_one_name_for_all_spellings_of_its_address(
    settings: dict[str, Any], row: dict[str, str]
) -> None:
    assert of(settings).name(row["address"]) == row["name"]


@pytest.mark.parametrize(("settings", "row"), ROWS)
def test_what_a_browser_sends_of_an_address_names_the_same_page(
    settings: dict[str, Any], row: dict[str, str]
) -> None:
    assert of(settings).name(row["sent"]) == row["name"]


ADDRESSES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="/.?#&=%+!24eEéaduserid", max_size=60).map(lambda text: f"/{text}"),
    st.lists(
        st.sampled_from(
            [
                "/",
                "..",
                ".",
                ".html",
                "/index.html",
                "user",
                "?id=",
                "#/",
                "#!/",
                "&p=",
                "%2e",
                "%",
                "%zz",
                "é",
            ]
        ),
        max_size=12,
    ).map("".join),
)


@given(ADDRESSES, st.sampled_from([ALL, PATHS_ALONE]))
def test_the_name_of_a_name_is_that_name(address: str, pages: Pages) -> None:
    name = pages.name(address)
    assert pages.name(name) == name
    assert pages.key(page_key("blog", name)) == page_key("blog", name)
    assert name.startswith("/")
    assert not name.startswith("//")
    assert name.isascii()
    assert name.isprintable()
    assert " " not in name


@given(st.text(alphabet="abc&=", min_size=1, max_size=30))
def test_nothing_is_kept_of_a_query_or_fragment_that_tells_no_pages_apart(text: str) -> None:
    assert PATHS_ALONE.name(f"/?{text}#/{text}") == "/"


@pytest.mark.parametrize(
    ("requested", "key"),
    [
        ("/user/42.html", "/user/*"),
        ("//user/42", "//user/42"),  # page /42 of the site `user`
        ("//blog/user/42?id=7&x", "//blog/user/*?id=7"),
        ("//blog", "//blog/"),
        ("///blog/x", "/blog/x"),
        ("lamp", "/lamp"),
        ("", "/"),
    ],
)
def test_the_site_in_a_page_key_is_no_part_of_the_path(requested: str, key: str) -> None:
    assert ALL.key(requested) == key


@pytest.mark.parametrize(
    ("site", "name", "key"),
    [("", "/", "/"), ("", "//evil/a", "/evil/a"), ("blog", "/", "//blog/"), ("blog", "//a", "//blog/a")],
)
def test_pages_of_two_sites_never_share_a_key(site: str, name: str, key: str) -> None:
    assert page_key(site, name) == key


def test_a_lone_surrogate_becomes_a_question_mark_that_begins_no_query() -> None:
    assert normal_path("/a\ud800b") == "/a%3Fb"


@pytest.mark.parametrize(
    ("setting", "text", "reason"),
    [
        ("query", "id,a=b", "'a=b' should be the name of a query parameter alone, such as id"),
        ("query", "?id", "'\\?id' should be"),
        ("query", "a" * 65, "should be the name"),
        ("query", ",".join(map(str, range(33))), "33 parameters; 32 at most"),
        ("suffixes", "html", "'html' should be an ending of a path, such as / or .html or /index.html"),
        ("suffixes", "/*", "should be an ending"),
        ("masks", "user/*", "should be a path with \\*"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_reason(setting: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Pages.parse(**{setting: text})  # type: ignore[arg-type]
