"""The command `pageheat`: runs each process of the system, and the tools around it."""

try:
    from pageheat._version import __version__ as __version__
except ImportError:  # a source tree that nothing was built or installed from
    __version__ = "0.0.0"
