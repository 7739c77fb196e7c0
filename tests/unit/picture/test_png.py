"""The PNG writer, checked with another library's reader."""

import io

import numpy as np
import pytest
from PIL import Image

from pageheat.services.picture.png import STRIP, TooLong, encode


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (STRIP, 7), (STRIP + 1, 300), (5 * STRIP - 1, 40)])
def test_pixels_are_read_back_as_written(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    levels = random.integers(0, 256, shape, dtype=np.uint8)
    colours = random.integers(0, 256, (256, 4), dtype=np.uint8)
    with Image.open(io.BytesIO(encode(levels, colours))) as image:
        assert image.mode == "P"
        assert (np.asarray(image) == levels).all()
        assert (np.asarray(image.convert("RGBA")) == colours[levels]).all()


def test_encoding_stops_beyond_the_wanted_number_of_bytes() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (4 * STRIP, 1000), dtype=np.uint8)
    colours = np.zeros((256, 4), np.uint8)
    fitting = len(encode(levels, colours))
    assert encode(levels, colours, fitting)
    with pytest.raises(TooLong):
        encode(levels, colours, fitting // 2)
