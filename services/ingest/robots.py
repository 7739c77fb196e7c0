"""Recognizes robots by the header `User-Agent`. Pure.

Most robots that run a page's scripts identify themselves; our tracker marks browsers that a program controls
(`navigator.webdriver`). Complete lists of robots are long, and slow to match on hostile input; nearly all
entries of such lists contain one of the words here.
"""

import re
from functools import lru_cache

MAX_AGENT_CHARS = 512
"""Characters of a user agent that are searched; browsers' have 150."""

MAX_AGENTS = 1_000
"""User agents whose result is cached, 1 MB at most: visitors have few, and a search takes 20 µs."""

ROBOT = re.compile(
    r"(?<!cu)bot"  # Googlebot, bingbot, GPTBot, robot; CUBOT is a brand of phones
    r"|crawl|spider|slurp|scrap(?:e|y|ing)|archiver|fetcher|facebookexternalhit|mediapartners-google"
    r"|headless|phantomjs|lighthouse|page ?speed|inspectiontool|read-aloud|gtmetrix|pingdom|ptst/"
    r"|monitor|uptime|validator|preview|prerender"
    r"|\+https?:",  # the operator's address: no browser has one
    re.IGNORECASE | re.ASCII,
)


def is_robot(agent: str) -> bool:
    """Whether this user agent is a robot's; "" is not."""
    return _is_robot(agent[:MAX_AGENT_CHARS])


@lru_cache(MAX_AGENTS)
def _is_robot(agent: str) -> bool:
    return ROBOT.search(agent) is not None
