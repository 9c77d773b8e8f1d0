"""Signed requests: what four headers and a raw body say about who is calling."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Message

from openbell.api.errors import invalid
from openbell.services.signing import (
    NONCE_LENGTH_MAX,
    RECV_WINDOW_MS,
    RECV_WINDOW_MS_MAX,
    SignedCall,
)

PREFIX = "/api/v1/"
"""Paths on which a request may be signed."""
TEXT_LENGTH_MAX = 256

Receive = Callable[[], Awaitable[Message]]


class Incoming:
    """A request's body on its way in, which can be read whole first and is then given out once more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []

    async def receive(self) -> Message:
        """Give the next piece."""
        return self._kept.pop(0) if self._kept else await self._receive()

    async def whole(self) -> bytes:
        """Read the whole body and keep it for whoever comes next."""
        pieces: list[bytes] = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                self._kept.append(message)
                return b"".join(pieces)
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(pieces)
        self._kept.append({"type": "http.request", "body": body, "more_body": False})
        return body


def is_signed(scope: Any, headers: dict[bytes, bytes]) -> bool:
    """Tell whether a request asks to be recognised by its signature."""
    return b"x-signature" in headers and scope["path"].startswith(PREFIX)


async def read_call(scope: Any, headers: dict[bytes, bytes], incoming: Incoming) -> SignedCall:
    """Give what was signed. Raises ApiError 400 for headers that cannot be right."""
    query = scope["query_string"].decode("latin-1")
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    return SignedCall(
        api_key=_text(headers, b"x-api-key"),
        signature=_text(headers, b"x-signature"),
        timestamp=_text(headers, b"x-timestamp"),
        nonce=_text(headers, b"x-nonce", length_max=NONCE_LENGTH_MAX),
        recv_window_ms=_window(_text(headers, b"x-recv-window")),
        method=scope["method"],
        path=f"{path}?{query}" if query else path,
        body=await incoming.whole(),
    )


def _text(headers: dict[bytes, bytes], name: bytes, *, length_max: int = TEXT_LENGTH_MAX) -> str:
    value = headers.get(name, b"")
    if len(value) > length_max or not value.isascii():
        raise invalid(name.decode(), f"Expected at most {length_max} ASCII characters.")
    return value.decode()


def _window(text: str) -> int:
    if not text:
        return RECV_WINDOW_MS
    if not text.isdigit() or not 1 <= int(text) <= RECV_WINDOW_MS_MAX:
        raise invalid("x-recv-window", f"Expected 1 to {RECV_WINDOW_MS_MAX} milliseconds.")
    return int(text)
