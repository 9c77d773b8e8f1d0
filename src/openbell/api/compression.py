"""Large answers made small: gzip where it is asked for, never for an answer that comes in pieces."""

import gzip
from collections.abc import Callable

from starlette.types import Message, Send

LENGTH_MIN = 8 * 1024
"""Bytes from which an answer is worth the work."""
LEVEL = 5
_KINDS = (b"application/json", b"application/problem+json", b"text/")

Headers = list[tuple[bytes, bytes]]
WayOut = Callable[[Message, Message], bool]
"""Writes a whole answer, head and body, past the framework; False leaves it to the framework."""


class Compressor:
    """The last step of one answer's way out. Holds the head back until the first piece of the body is there."""

    def __init__(self, send: Send, *, accepts: bytes, way_out: WayOut | None = None) -> None:
        self._send = send
        self._accepts = accepts
        self._way_out = way_out
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on, compressed where that is right."""
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self._head is not None and message["type"] == "http.response.body":
            head, self._head = self._head, None
            head, message = self._prepared(head, message)
            if self._way_out is not None and self._way_out(head, message):
                return
            await self._send(head)
        await self._send(message)

    def _prepared(self, head: Message, piece: Message) -> tuple[Message, Message]:
        body, headers = piece.get("body", b""), list(head.get("headers", ()))
        if piece.get("more_body", False) or len(body) < LENGTH_MIN or not _may(headers):
            return head, piece
        headers.append((b"vary", b"Accept-Encoding"))
        if not takes_gzip(self._accepts):
            return {**head, "headers": headers}, piece
        small = gzip.compress(body, LEVEL, mtime=0)
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers += [(b"content-encoding", b"gzip"), (b"content-length", str(len(small)).encode())]
        return {**head, "headers": headers}, {**piece, "body": small}


def takes_gzip(accepts: bytes) -> bool:
    """Tell whether an Accept-Encoding header names gzip, and not only to refuse it.

    >>> takes_gzip(b"br, gzip;q=0.5"), takes_gzip(b"gzip;q=0"), takes_gzip(b"")
    (True, False, False)
    """
    for part in accepts.lower().split(b","):
        name, _, weight = part.strip().partition(b";")
        if name.strip() == b"gzip":
            return weight.replace(b" ", b"").rstrip(b"0") not in (b"q=", b"q=0.")
    return False


def _may(headers: Headers) -> bool:
    names = dict(headers)
    return b"content-encoding" not in names and names.get(b"content-type", b"").startswith(_KINDS)
