"""Masks: parts of paths that are never stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.masks import NO_MASKS, Masks

MASKS = Masks.parse("/user/*, /order/*/items,/*/private/*")


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("/user/42", "/user/*"),
        ("/user/42/", "/user/*/"),
        ("/user/42/orders/7", "/user/*/orders/7"),
        ("/user", "/user"),
        ("/user/", "/user/"),
        ("/users/42", "/users/42"),
        ("/User/42", "/User/42"),
        ("/user/*", "/user/*"),
        ("/us%65r/a%2Fb", "/us%65r/*"),  # the same path to servers
        ("/user//42", "/user//*"),
        ("/order/7/items", "/order/*/items"),
        ("/order/7/items/3", "/order/*/items/3"),
        ("/order/7", "/order/7"),
        ("/ann/private/letters", "/*/private/*"),
        ("/user/private/letters", "/*/*/*"),  # each of two masks hides its segment
        ("/", "/"),
    ],
)
def test_the_segment_at_a_star_is_hidden(path: str, masked: str) -> None:
    assert MASKS.masked(path) == masked


@given(st.text(alphabet="/aéuser*%2F4", max_size=30).map(lambda text: "/" + text))
def test_masking_twice_changes_nothing(path: str) -> None:
    masked = MASKS.masked(path)
    assert MASKS.masked(masked) == masked
    assert masked.count("/") == path.count("/")


def test_without_masks_nothing_is_hidden() -> None:
    assert NO_MASKS.masked("/user/42") == Masks.parse(" , ").masked("/user/42") == "/user/42"


@pytest.mark.parametrize("mask", ["user/*", "/user", "/", "/user/a*", "/user//*", "*"])
def test_an_invalid_mask_is_refused_with_a_reason(mask: str) -> None:
    with pytest.raises(ValueError, match="should be a path with \\* for each part to hide") as caught:
        Masks.parse(f"/order/*,{mask}")
    assert f"'{mask}'" in str(caught.value)
