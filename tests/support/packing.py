"""Moves and looks as a tracker sends them, packed by tests' own code: base64 of four bytes a number."""

from base64 import b64decode, b64encode
from struct import pack, unpack


def packed(*numbers: int) -> str:
    """Pack numbers, the lowest byte first."""
    return b64encode(pack(f"<{len(numbers)}i", *numbers)).decode()


def unpacked(text: str) -> tuple[int, ...]:
    """Return the numbers."""
    data = b64decode(text)
    return unpack(f"<{len(data) // 4}i", data)
