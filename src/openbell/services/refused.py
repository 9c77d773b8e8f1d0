"""How a service ends a request that cannot be done: refused, or out of order. APIs catch these two."""

from enum import StrEnum

from openbell.ports import InvalidCursor, Unavailable

__all__ = ["AccessCode", "AccessRefused", "InvalidCursor", "Unavailable"]


class AccessCode(StrEnum):
    """Stable reasons."""

    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - the name of a reason
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    LAST_ADMIN = "LAST_ADMIN"
    OWN_USER = "OWN_USER"
    INVALID = "INVALID"
    BUSY = "BUSY"


class AccessRefused(Exception):
    """A request about users, keys or sessions that ends here, in every contract alike.

    `field` names the part of the request that is wrong, or is ''.
    """

    def __init__(self, code: AccessCode, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
