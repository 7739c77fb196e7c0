"""Colours of pictures: the overlay's, and how the eye sees them."""

import re
from pathlib import Path

import numpy as np
import pytest

from pageheat.services.picture.options import LAYER_PALETTES, ROW_LAYERS, Options
from pageheat.services.picture.palettes import INKS, LEVELS, PALETTES, colour_table, levels_of

COLOURS_JS = Path(__file__).parents[3] / "frontends/heatmap/static/core/colours.js"


def lightness(table: np.ndarray) -> np.ndarray:
    """CIE lightness L*, 0 to 100, of opaque colours."""
    value = table[:, :3] / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


@pytest.mark.parametrize("layer", LAYER_PALETTES)
def test_a_layer_has_the_overlays_colours_and_opacity(layer: str) -> None:
    script = COLOURS_JS.read_text(encoding="utf-8")
    used = re.search(rf"\b{layer}: colourTable\((\w+), (\w+)\)", script)
    assert used
    anchors = re.search(rf"const {used[1]} =([^;]+);", script)
    opacity = re.search(rf"const {used[2]} = {{ gentle: ([0-9.]+), steep: ([0-9.]+), most: ([0-9.]+)", script)
    assert anchors
    assert opacity
    palette = PALETTES[LAYER_PALETTES[layer]]
    assert palette.anchors.split() == re.findall(r"[0-9a-f]{6}", anchors[1])
    assert (palette.gentle, palette.steep) == (float(opacity[1]), float(opacity[2]))
    if layer in ROW_LAYERS:
        assert Options(layer=layer).cover == float(opacity[3])


@pytest.mark.parametrize("name", PALETTES)
def test_cold_parts_are_not_covered_and_opacity_grows_with_heat_to_its_limit(name: str) -> None:
    table = colour_table(PALETTES[name], 0.8)
    assert table.shape == (256, 4), "PNG's maximum"
    opacity = table[:LEVELS, 3].astype(int)
    assert opacity[0] == 0
    assert (np.diff(opacity) >= 0).all()
    assert opacity[-1] == round(0.8 * 255)


@pytest.mark.parametrize("name", PALETTES)
def test_no_step_between_two_levels_is_visible(name: str) -> None:
    steps = np.abs(np.diff(colour_table(PALETTES[name], 1)[:LEVELS].astype(int), axis=0))
    assert steps.max() <= 3


@pytest.mark.parametrize("name", PALETTES)
def test_equal_steps_of_heat_are_about_equal_steps_of_lightness(name: str) -> None:
    palette = PALETTES[name]
    table = colour_table(palette, 1)[levels_of(palette, np.linspace(0, 1, 9))]
    steps = np.diff(lightness(table.astype(float)))
    assert np.allclose(steps, steps.mean(), rtol=0.35)


@pytest.mark.parametrize("name", PALETTES)
def test_levels_rise_with_heat_from_the_cold_one_to_the_last(name: str) -> None:
    levels = levels_of(PALETTES[name], np.linspace(0, 1, 500)).astype(int)
    assert (levels[0], levels[-1]) == (0, LEVELS - 1)
    assert (np.diff(levels) >= 0).all()


def test_the_legends_ink_comes_after_the_levels() -> None:
    inks = colour_table(PALETTES["mint"], 1)[LEVELS:]
    assert len(inks) == INKS
    assert lightness(inks.astype(float))[0] < 15
    assert inks[-1].tolist() == [255, 255, 255, 255]
