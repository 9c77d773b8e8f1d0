"""What can go wrong when a server is asked for something: one tree of exceptions, by what a caller may do about it."""

from collections.abc import Mapping
from typing import Any

import msgspec

UNREACHABLE = "UNREACHABLE"
"""No answer came; nothing is known about what the server did."""
BAD_ANSWER = "BAD_ANSWER"
"""An answer came, but not one that an Openbell server gives."""


class Detail(msgspec.Struct, frozen=True):
    """One thing that is wrong: the field by its path in the request, and what to do about it."""

    field: str = ""
    message: str = ""


class OpenbellError(Exception):
    """The server did not do what was asked.

    `code` is stable and meant for programs, `message` is for people. `retry_after` is the server's advice in seconds,
    `status` the HTTP status (0 when no answer came), `request_id` what the server's log calls the request.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        details: tuple[Detail, ...] = (),
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        about = "".join(f"; {one.field}: {one.message}" for one in details if one.message != message)
        super().__init__(f"{message} ({code}){about}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after


class Unauthorized(OpenbellError):
    """Nobody is signed in, or no longer: 401."""


class Forbidden(OpenbellError):
    """The caller may not do this: 403."""


class NotFound(OpenbellError):
    """There is no such thing, or it is somebody else's: 404."""


class Conflict(OpenbellError):
    """Right in itself, but not now: the order is filled, the market closed, the revision stale: 409."""


class RateLimited(OpenbellError):
    """Too many requests or connections: 429."""


class Refused(OpenbellError):
    """The request itself is wrong, or a limit forbids it at this size or price: 400, 413, 422."""


class Unavailable(OpenbellError):
    """The server is out of order or out of reach: 5xx, or no answer at all."""


class OutcomeUnknown(Unavailable):
    """No answer came to a change, so that it may or may not have happened.

    For an order ask `orders.find(client_order_id)`, or place the same `NewOrder` again: it cannot become two orders.
    """


_KINDS: dict[int, type[OpenbellError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


class _Said(msgspec.Struct):
    code: str
    message: str
    details: tuple[Detail, ...] = ()
    retry_after: float | None = None


class _Envelope(msgspec.Struct):
    error: _Said
    request_id: str = ""


_decoder = msgspec.json.Decoder(_Envelope)


def error_of(status: int, *, headers: Mapping[str, str], body: bytes) -> OpenbellError:
    """Read an error answer. One that is not in our shape (a proxy's, say) is known by its status alone."""
    kind = _KINDS.get(status, Unavailable if status >= 500 else Refused)
    after = seconds_of(headers.get("retry-after", ""))
    try:
        read = _decoder.decode(body)
    except msgspec.DecodeError:
        return kind(f"HTTP_{status}", f"the server answered {status}", status=status, retry_after=after)
    said = read.error
    return kind(
        said.code,
        said.message,
        status=status,
        details=said.details,
        request_id=read.request_id or headers.get("x-request-id", ""),
        retry_after=after if after is not None else said.retry_after,
    )


def seconds_of(text: Any) -> float | None:
    """Read a Retry-After in seconds; its other form, a date, is not sent by the server and counts as none."""
    return float(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else None
