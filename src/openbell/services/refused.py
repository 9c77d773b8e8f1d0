"""How a service ends a request that cannot be done: refused, or out of order. APIs catch these two."""

from enum import StrEnum

from openbell.ports import InvalidCursor, Unavailable

__all__ = ["AccessCode", "AccessRefused", "InvalidCursor", "SecondFactorDue", "Unavailable"]


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
    TIMESTAMP_OUT_OF_WINDOW = "TIMESTAMP_OUT_OF_WINDOW"
    NONCE_REUSED = "NONCE_REUSED"
    MFA_REQUIRED = "MFA_REQUIRED"
    INVALID_MFA_TOKEN = "INVALID_MFA_TOKEN"  # noqa: S105 - the name of a reason
    MFA_ENABLED = "MFA_ENABLED"
    MFA_NOT_BEGUN = "MFA_NOT_BEGUN"
    TOO_MANY_CODES = "TOO_MANY_CODES"
    SECRET_LOST = "SECRET_LOST"  # noqa: S105 - the name of a reason


class AccessRefused(Exception):
    """A request about users, keys or sessions that ends here, in every contract alike.

    `field` names the part of the request that is wrong, or is ''. `retry_after_s` says when it may be tried again.
    """

    def __init__(self, code: AccessCode, message: str, *, field: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


class SecondFactorDue(AccessRefused):
    """A password that was right, of a user who has to prove more. `challenge` stands for it for five minutes."""

    def __init__(self, *, username: str, challenge: str, expires_in: int) -> None:
        super().__init__(AccessCode.MFA_REQUIRED, "Send the code of your second factor as mfa_token.")
        self.username = username
        self.challenge = challenge
        self.expires_in = expires_in
