"""What is added to pages."""

import json
from html import unescape

import pytest

from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.injection import added, script_tag
from pageheat.services.contract.pages import Pages


def test_the_tag_says_where_the_broadcaster_is_and_keeps_the_tracker_silent() -> None:
    assert script_tag("http://localhost:8002", "http://localhost:8080") == (
        '<script type="module" src="/_pageheat/overlay.js" data-pageheat-overlay="" '
        'data-broadcaster="http://localhost:8002" data-site="http://localhost:8080"></script>'
    )


def test_on_another_origin_the_tag_names_the_front_ends_origin() -> None:
    assert script_tag("https://live.example", frontend="https://heat.example") == (
        '<script type="module" src="https://heat.example/_pageheat/overlay.js" data-pageheat-overlay="" '
        'data-broadcaster="https://live.example"></script>'
    )


def test_the_tag_says_what_tells_pages_apart() -> None:
    pages = Pages.parse(query='id,a"b', hash_routes=True)
    assert script_tag("https://live.example", pages=pages).endswith(
        'data-broadcaster="https://live.example" data-page-query="id,a&quot;b" data-hash-routes=""></script>'
    )


def test_the_tag_says_where_the_history_is() -> None:
    history = "http://localhost:8005"
    assert f' data-history="{history}"' in script_tag("http://localhost:8002", history_url=history)
    tag, *_ = added(
        addresses("https://shop.example", "http://a"), "http://localhost:8002", history_url=history
    )
    assert f' data-history="{history}"' in tag


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    tag = script_tag('http://a"><script>', "http://b'&", 'http://c"')
    assert 'src="http://c&quot;/_pageheat/overlay.js"' in tag
    assert 'data-broadcaster="http://a&quot;&gt;&lt;script&gt;"' in tag
    assert 'data-site="http://b&#x27;&amp;"' in tag


def test_a_page_of_the_site_gets_a_script_that_knows_the_sites_names() -> None:
    tag, imports, _ = added(
        addresses("https://shop.example", "http://localhost:8081"), "http://localhost:8002"
    )
    assert tag == (
        '<script src="http://localhost:8081/_pageheat/stay.js" '
        'data-overlay="http://localhost:8081/_pageheat/overlay.js" '
        'data-own="shop.example www.shop.example" data-pageheat-overlay="" '
        'data-broadcaster="http://localhost:8002" data-site="https://shop.example"></script>'
    )
    assert json.loads(f"{{{imports}}}") == {
        f"{scheme}://{host}/": "http://localhost:8081/"
        for host in ("shop.example", "www.shop.example")
        for scheme in ("https", "http")
    }


def test_the_front_ends_own_address_is_not_mapped_to_itself() -> None:
    _, imports, _ = added(addresses("https://shop.example", "http://shop.example"), "http://localhost:8002")
    assert "http://shop.example/" not in json.loads(f"{{{imports}}}")


def test_a_page_of_the_site_is_told_what_tells_pages_apart() -> None:
    pages = Pages.parse(query="id", hash_routes=True)
    ours = addresses("https://shop.example", "http://heat.example")
    tag, *_ = added(ours, "http://live.example", "blog", pages)
    assert 'data-site-name="blog" data-page-query="id" data-hash-routes=""' in tag


@pytest.mark.parametrize("odd", ['http://a"><script>', "http://a</script>&'"])
def test_no_address_breaks_out_of_the_tag_or_the_import_map(odd: str) -> None:
    tag, imports, _ = added(addresses("https://shop.example", odd), odd)
    assert tag.count("<") == tag.count(">") == 2
    assert unescape(tag).count(odd) == 3
    assert "<" not in imports
    assert json.loads(f"{{{imports}}}")["https://shop.example/"] == f"{odd}/"
