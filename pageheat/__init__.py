"""The command `pageheat`: runs each process of the system, and the tools around it."""

__version__ = "0.1.0"
