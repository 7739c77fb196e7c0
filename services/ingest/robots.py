"""Which clients are robots by the name that they give themselves, the header `User-Agent`. Pure.

Most robots that run a page's scripts say themselves what they are; our tracker marks what a program steers
(`navigator.webdriver`). Complete lists of robots' names are long, and slow to match on hostile input; the
words here are those that nearly all entries of such lists have in common.
"""

import re
from functools import lru_cache

MAX_AGENT_CHARS = 512
"""Of a name, looked at; browsers' names have 150."""

MAX_AGENTS = 1_000
"""Names whose answer is remembered, 1 MB at most: visitors have few, and to search one takes 20 µs."""

ROBOT = re.compile(
    r"(?<!cu)bot"  # Googlebot, bingbot, GPTBot, robot; CUBOT makes telephones
    r"|crawl|spider|slurp|scrap(?:e|y|ing)|archiver|fetcher|facebookexternalhit|mediapartners-google"
    r"|headless|phantomjs|lighthouse|page ?speed|inspectiontool|read-aloud|gtmetrix|pingdom|ptst/"
    r"|monitor|uptime|validator|preview|prerender"
    r"|\+https?:",  # the address of who runs it: no browser has one
    re.IGNORECASE | re.ASCII,
)


def is_robot(agent: str) -> bool:
    """Whether this is a robot's name; "" is nobody's."""
    return _is_robot(agent[:MAX_AGENT_CHARS])


@lru_cache(MAX_AGENTS)
def _is_robot(agent: str) -> bool:
    return ROBOT.search(agent) is not None
