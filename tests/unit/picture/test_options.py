"""Options of a picture as text."""

import dataclasses

import pytest

from pageheat.services.picture.options import LAYER_PALETTES, Options, WrongOption


def test_missing_options_have_their_defaults() -> None:
    assert Options.parse({}) == Options()
    assert Options.parse({"layer": "moves"}) == Options(layer="moves")


def test_all_options_are_read() -> None:
    texts = {
        "layer": "rage",
        "palette": "grey",
        "opacity": "0.5",
        "radius": "12",
        "profile": "disc",
        "scale": "log",
        "maximum": "250",
        "legend": "top-left",
        "origin": "first",
        "band": "phone",
    }
    assert texts.keys() == {option.name for option in dataclasses.fields(Options)}
    assert Options.parse(texts) == Options(
        layer="rage",
        palette="grey",
        opacity=0.5,
        radius=12,
        profile="disc",
        scale="log",
        maximum=250,
        legend="top-left",
        origin="first",
        band="phone",
    )


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("layer", "both", "one of moves, clicks, rage, dead, dwell, attention, scroll"),
        ("palette", "jet", "one of plasma, mint, red, blue, amber, attention, scroll, grey"),
        ("opacity", "0", "a number from 0.05 to 1"),
        ("opacity", "nan", "a number from 0.05 to 1"),
        ("radius", "3", "a number from 8 to 400"),
        ("radius", "1e2", "a number from 8 to 400"),
        ("radius", "", "a number from 8 to 400"),
        ("radius", "٣٣", "a number from 8 to 400"),
        ("radius", "9" * 5000, "a number from 8 to 400"),
        ("maximum", "-1", "a number from 0.001 to 1e+12"),
        ("profile", "box", "one of gaussian, cone, disc"),
        ("scale", "cubic", "one of linear, sqrt, log"),
        ("legend", "yes", "one of top-left, top-right, bottom-left, bottom-right"),
        ("origin", "body", "one of page, first"),
        ("band", "Phone\n", "the name of a band of WIDTH_BANDS"),
    ],
)
def test_a_wrong_value_is_reported_in_one_line_with_what_is_allowed(
    name: str, text: str, allowed: str
) -> None:
    with pytest.raises(WrongOption) as told:
        Options.parse({name: text})
    said = str(told.value)
    assert said.startswith(f"{name}={text[:40]}: should be {allowed}")
    assert len(said) < 200


def test_an_unknown_option_is_reported() -> None:
    with pytest.raises(WrongOption, match="color: there is no such option; there are layer, palette, "):
        Options.parse({"color": "red"})


@pytest.mark.parametrize("layer", LAYER_PALETTES)
def test_a_layer_has_its_own_palette_by_default(layer: str) -> None:
    assert Options(layer=layer, palette="grey").colours == "grey"
    assert len({Options(layer=name).colours for name in LAYER_PALETTES}) == len(LAYER_PALETTES)


def test_spots_have_a_square_root_scale_by_default_and_rows_the_overlays() -> None:
    assert Options(layer="clicks").curve == "sqrt"
    assert Options(layer="scroll").curve == "linear"
    assert Options(layer="scroll", scale="log").curve == "log"
    assert Options(layer="attention").cover < 0.6 < Options(layer="dwell").cover
    assert Options(layer="attention", opacity=0.9).cover == 0.9
