"""Width bands: which band a viewport's width selects."""

import pytest

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Size
from tests.support.frames import BANDS, at, frame


@pytest.mark.parametrize(
    ("width", "expected"),
    [(375, "phone"), (599.9, "phone"), (600, "tablet"), (1280, "desktop"), (1600, "wide"), (9000, "wide")],
)
def test_a_visitors_band_is_that_of_the_viewports_width(width: float, expected: str) -> None:
    assert BANDS.names[BANDS.of(frame(at(0), viewport=Size(width, 700)))] == expected


def test_if_the_viewport_is_unknown_the_documents_width_decides_the_band() -> None:
    assert BANDS.names[BANDS.of(frame(at(0), viewport=None, document=Size(390, 5000)))] == "phone"


def test_a_click_without_a_width_has_no_band_even_if_its_documents_width_is_known() -> None:
    assert BANDS.names[BANDS.of(frame(at(0), viewport=None, document=None))] == "unknown"
    assert BANDS.names[BANDS.of(frame(at(0), viewport=None, origin="first"))] == "unknown"


def test_bands_can_be_set() -> None:
    bands = Bands.parse("narrow<800, broad")
    assert bands.names == ("narrow", "broad", "unknown")
    assert bands.edges == (800.0,)
    assert Bands.parse("all").names == ("all", "unknown")


@pytest.mark.parametrize(
    "text",
    [
        "phone<600",  # none is the widest
        "tablet<1024,phone<600,desktop",
        "phone<600,tablet<600,desktop",
        "phone<600,phone",
        "phone<600,unknown",
        "Phone<600,desktop",
        "phone<-1,desktop",
        "a<1,b<2,c<3,d<4,e<5,f<6,g<7,h",
        "phone<600,,desktop",
    ],
)
def test_invalid_bands_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as phone<600,tablet<1024,desktop"):
        Bands.parse(text)
