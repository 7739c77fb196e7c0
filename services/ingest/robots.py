"""Recognizes robots by the header `User-Agent`. Pure.

Most robots that run a page's scripts identify themselves; our tracker marks browsers that a program controls
(`navigator.webdriver`). Complete lists of robots are long, and slow to match on hostile input; nearly all
entries of such lists contain one of the words here. What describes a telephone is left out first.
"""

import re
from functools import lru_cache

MAX_AGENT_CHARS = 512
"""Characters of a user agent that are searched; browsers' have 150."""

MAX_AGENTS = 1_000
"""User agents whose result is cached, 1 MB at most: visitors have few, and a search takes 20 µs."""

MAX_COMMENTS = 4
"""Comments that are looked at; browsers have two, and an agent of nothing else would cost 4 ms."""

COMMENT = re.compile(r"(?:\bAndroid )?\([^()]*(?:\([^()]*\)[^()]*)*\)", re.ASCII)
"""What a user agent has in parentheses, maybe nested: `(Linux; Android 12; moto g power (2022))`."""

PHONE = re.compile(r"\b(?:android|adr|midp)\b", re.IGNORECASE | re.ASCII)
"""A comment with one of these describes a telephone. Makers choose names: M bot 60, CUBOT, Spider."""

ADDRESSED = re.compile(r"https?:|compatible;|@", re.IGNORECASE)
"""What a comment has only if a robot names itself in it."""

ROBOT = re.compile(
    r"(?<!cu)(?<!\bm[ _-])bots?(?![a-z])"  # Googlebot, bingbot/2.0, UptimeRobot; not the telephones above
    r"|crawl|spider|slurp|scrap(?:e|y|ing)|archiver|fetcher|facebookexternalhit|mediapartners-google"
    r"|headless|phantomjs|lighthouse|page ?speed|inspectiontool|read-aloud|gtmetrix|pingdom|ptst/"
    r"|\bmonitor|uptime|validator|preview\b|prerender"
    r"|\+https?:",  # the operator's address: no browser has one
    re.IGNORECASE | re.ASCII,
)


def is_robot(agent: str) -> bool:
    """Whether this user agent is a robot's; "" is not."""
    return _is_robot(agent[:MAX_AGENT_CHARS])


@lru_cache(MAX_AGENTS)
def _is_robot(agent: str) -> bool:
    return ROBOT.search(COMMENT.sub(_without_phone, agent, count=MAX_COMMENTS)) is not None


def _without_phone(comment: re.Match[str]) -> str:
    text = comment[0]
    return "" if PHONE.search(text) and not ADDRESSED.search(text) else text
