"""The overlay's heat as tests read it from the page."""

from playwright.sync_api import Page

HEAT_AT = """([x, y]) => {
  const canvas = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".heat");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const column = Math.floor(((x - scrollX - left) / width) * canvas.width);
  const row = Math.floor(((y - scrollY - top) / height) * canvas.height);
  return canvas.getContext("2d").getImageData(column, row, 1, 1).data;
}"""
"""Red, green, blue, alpha of the heat at a point in page coordinates."""


def heat(page: Page, x: float, y: float) -> list[int]:
    """Return red, green, blue and alpha of the heat at a point in page coordinates."""
    return list(page.evaluate(HEAT_AT, [x, y]))


def wait_for_heat(page: Page, x: float, y: float, test: str = "alpha > 200") -> None:
    """Wait until the heat at a point in page coordinates passes `test` of red, green, blue, alpha."""
    condition = f"(at) => {{ const [red, green, blue, alpha] = ({HEAT_AT})(at); return {test}; }}"
    page.wait_for_function(condition, arg=[x, y])
