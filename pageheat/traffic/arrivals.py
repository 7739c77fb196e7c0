"""Where simulated visitors come from, and which variant of the shop they see. Pure."""

from random import Random

from pageheat.services.contract.records import Attributes

SHOP = "localhost"
"""The host of the demo shop: the referrer of all page views of a visit but the first."""

NEWSLETTER = Attributes(source="newsletter", medium="email", campaign="spring-glazes")

SOURCES: dict[Attributes, float] = {
    Attributes(): 34,
    Attributes(referrer="www.google.com"): 30,
    Attributes(referrer="duckduckgo.com"): 6,
    Attributes(referrer="www.instagram.com", source="instagram", medium="social"): 12,
    Attributes(referrer="www.pinterest.com"): 7,
    Attributes(referrer="potters.example"): 5,
    NEWSLETTER: 6,
}
"""Attributes of a visit's first page view, and how common they are: visitors out of a hundred."""

VARIANTS = ("shop-a", "shop-b")
"""The shop's two variants, each seen by half of the visitors."""

FIRST_APPEAL = {"shop-a": 1.0, "shop-b": 1.8}
"""How attractive the first product of a list is in a variant, relative to what it is by its place."""


def arrival(rng: Random, mailing: float = 1.0) -> Attributes:
    """Where a visitor comes from, and the variant; the newsletter brings `mailing` times as many as usual."""
    weights = [share * (mailing if source is NEWSLETTER else 1) for source, share in SOURCES.items()]
    came = rng.choices(list(SOURCES), weights)[0]
    return Attributes(came.referrer, came.source, came.medium, came.campaign, rng.choice(VARIANTS))


def within(came: Attributes) -> Attributes:
    """The attributes of the visit's further page views."""
    return Attributes(referrer=SHOP, segment=came.segment)
