"""The overlay's heat as tests read it from the page."""

from playwright.sync_api import Page

HEAT_AT = """([x, y]) => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const canvas = shadowRoot.querySelector(".heat:not(.top, .bottom)");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const column = Math.floor(((x - scrollX - left) / width) * canvas.width);
  const row = Math.floor(((y - scrollY - top) / height) * canvas.height);
  return canvas.getContext("2d").getImageData(column, row, 1, 1).data;
}"""
"""Red, green, blue, alpha of the heat at a point in page coordinates; 0 where none is drawn."""

ON_SCREEN = """([x, y]) => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const alphas = [...shadowRoot.querySelectorAll(".heat")].map((canvas) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    let shown = { left, top, right: left + width, bottom: top + height };
    for (let node = canvas.parentElement; node; node = node.parentElement) {
      const box = node.getBoundingClientRect();
      if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) return 0;
    }
    const [above = 0, , below = 0] = (canvas.style.clipPath.match(/[.0-9]+(?=px)/g) ?? []).map(Number);
    if (y < top + above || y >= top + height - below) return 0;
    const column = Math.floor(((x - left) / width) * canvas.width);
    const row = Math.floor(((y - top) / height) * canvas.height);
    return canvas.getContext("2d").getImageData(column, row, 1, 1).data[3];
  });
  return Math.max(...alphas);
}"""
"""Alpha of the heat at a point of the window, whichever sheet shows it there."""


HAS_HEAT = """document.querySelector("pageheat-overlay")?.shadowRoot.querySelector(".heat")"""
"""Whether the overlay is there: it may come after the page's load."""


def heat(page: Page, x: float, y: float) -> list[int]:
    """Return red, green, blue and alpha of the heat at a point in page coordinates."""
    return list(page.evaluate(HEAT_AT, [x, y]))


def wait_for_heat(page: Page, x: float, y: float, test: str = "alpha > 200") -> None:
    """Wait until the heat at a point in page coordinates passes `test` of red, green, blue, alpha."""
    passes = f"(at) => {{ const [red, green, blue, alpha] = ({HEAT_AT})(at); return {test}; }}"
    _wait_for(page, passes, x, y)


def is_hot(page: Page, x: float, y: float) -> None:
    """Wait until there is heat at a point of the window."""
    _wait_for(page, f"(at) => ({ON_SCREEN})(at) > 120", x, y)


def is_cold(page: Page, x: float, y: float) -> None:
    """Wait until there is no heat at a point of the window."""
    _wait_for(page, f"(at) => ({ON_SCREEN})(at) === 0", x, y)


def _wait_for(page: Page, passes: str, x: float, y: float) -> None:
    page.wait_for_function(f"(at) => {HAS_HEAT} && ({passes})(at)", arg=[x, y])
