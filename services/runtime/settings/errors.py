"""What is said of a wrong setting."""

from pageheat.services.contract.errors import PageheatError


class WrongSetting(PageheatError):
    """A setting's value is not allowed: one line with the variable, its value and the allowed values."""
