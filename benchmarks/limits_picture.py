"""A chart of the number of visitors at which each resource is full: limits in, SVG out. Pure."""

from collections.abc import Sequence
from html import escape
from math import log10

from benchmarks.sizing import Limit

WIDTH, ROW, LEFT, RIGHT, TOP = 860, 30, 420, 70, 44
DECADES = (3, 6)
"""From a thousand to a million visitors."""

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .tick { fill: #777 } line { stroke: #ddd } .bar { fill: #e4572e }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .tick { fill: #999 } line { stroke: #444 } .bar { fill: #f0815f }
  }
"""


def drawn(limits: Sequence[Limit]) -> str:
    """Return an SVG with a bar per limit, on a logarithmic scale."""
    height = TOP + ROW * len(limits) + 8
    ticks = [10**decade for decade in range(DECADES[0], DECADES[1] + 1)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="What is full at how many moving visitors">',
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="16" class="tick">full at so many moving visitors: calculated</text>',
    ]
    for tick in ticks:
        parts.append(f'<line x1="{_x(tick)}" x2="{_x(tick)}" y1="{TOP - 6}" y2="{height - 8}"/>')
        parts.append(f'<text x="{_x(tick)}" y="{TOP - 12}" class="tick" text-anchor="middle">{tick:,}</text>')
    for number, limit in enumerate(limits):
        y, end = TOP + ROW * number, _x(limit.visitors)
        name = escape(limit.name.replace("`", ""))
        parts.append(f'<text x="{LEFT - 12}" y="{y + 18}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y + 8}" width="{end - LEFT}" height="12" rx="3" class="bar"/>')
        parts.append(f'<text x="{end + 8}" y="{y + 18}">{limit.visitors:,}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(visitors: int) -> int:
    """Return the x of that many visitors, px, clamped to the scale."""
    share = (log10(visitors) - DECADES[0]) / (DECADES[1] - DECADES[0])
    return round(LEFT + min(1, max(0, share)) * (WIDTH - LEFT - RIGHT))
