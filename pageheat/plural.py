"""Numbers with their nouns."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: `1 dead click`, `2,000 dead clicks`; `plural` where it is not noun + s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
