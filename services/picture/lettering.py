"""Text in pictures."""

from functools import cache

from PIL import ImageFont

FINER = 4
"""Text is drawn this many times larger, then reduced: at its own size, glyphs would snap to whole px."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font in which all pictures are lettered."""
    return ImageFont.load_default(size)
