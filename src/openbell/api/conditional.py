"""ETag and If-None-Match: who has an answer already is told that it is still the same, in a few bytes.

What stays the same for longer carries a tag: instruments, candles, figures of a period, documents, the dashboard's
files. The tag follows from the content, so that it is right whatever the answer was made from. It is a weak one: the
same tag stands for the answer and for its compressed form.
"""

import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api.compression import LENGTH_MIN
from openbell.api.edge_headers import Pairs
from openbell.api.exchange import exchange_of
from openbell.api.shelf import MARKET

INSTRUMENTS = "/v1/instruments/"
CANDLES = ("/api/market-data/", "/candles")
FIGURES = frozenset({"/v1/metrics/summary"})
TAGS_MAX = 1_024
"""Length of an If-None-Match that is looked at."""

_KEEP_AND_ASK = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"Authorization, X-API-Key")
_OF_A_BODY = frozenset({b"content-length", b"content-type", b"content-encoding"})


def tag_of(body: bytes) -> str:
    """Give the tag of a content."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(tag: str, given: str) -> bool:
    """Tell whether an If-None-Match names a tag; how strong either is makes no difference for a read.

    >>> is_known('W/"a"', '"b", "a"'), is_known('W/"a"', "*"), is_known('W/"a"', '"b"')
    (True, True, False)
    """
    names = {name.strip().removeprefix("W/") for name in given[:TAGS_MAX].split(",")}
    return "*" in names or tag.removeprefix("W/") in names


class Tagged:
    """The layer that tags answers, behind that which keeps them: a kept one keeps its tag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tag what comes back."""
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        headers = _headers_for(scope["path"]) if is_read else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Tagging(send, headers).send)


class Conditional:
    """The layer that answers 304, in front of that which keeps answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and leave out what the client has."""
        is_read = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        given = exchange_of(scope).headers.get(b"if-none-match") if is_read else None
        await self._app(scope, receive, send if given is None else _Sparing(send, given.decode("latin-1")).send)


def _headers_for(path: str) -> Pairs | None:
    """Give what is said beside the tag of an answer; None for one that is not tagged."""
    if path in MARKET or path.startswith(INSTRUMENTS):
        return [_KEEP_AND_ASK, _VARY]
    if path.startswith(CANDLES[0]) and path.endswith(CANDLES[1]):
        return [_KEEP_AND_ASK, _VARY]
    # Nothing of an account is left lying in a browser: whoever wants to keep the figures does that themselves.
    return [] if path in FIGURES else None


class _Tagging:
    """An answer on its way out whose head waits for its body."""

    def __init__(self, send: Send, headers: Pairs) -> None:
        self._send = send
        self._headers = headers
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._head = message
            return
        if self._head is not None:
            head, self._head = self._head, None
            if not message.get("more_body", False):
                tag = (b"etag", tag_of(message.get("body", b"")).encode())
                head = {**head, "headers": [*head.get("headers", ()), tag, *self._headers]}
            await self._send(head)
        await self._send(message)


class _Sparing:
    """An answer on its way out that is left out where the client has it."""

    def __init__(self, send: Send, given: str) -> None:
        self._send = send
        self._given = given
        self._spared: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            tag = next((value.decode("latin-1") for name, value in headers if name == b"etag"), None)
            if message["status"] == 200 and tag is not None and is_known(tag, self._given):
                self._spared = message
                return
        elif self._spared is not None:
            head, self._spared = self._spared, None
            if not message.get("more_body", False):
                await self._tell(head, message)
                return
            # A file that comes in pieces: the framework has looked at its tag already.
            await self._send(head)
        await self._send(message)

    async def _tell(self, head: Message, piece: Message) -> None:
        """Say that it is the same."""
        headers = [pair for pair in head["headers"] if pair[0] not in _OF_A_BODY]
        if len(piece.get("body", b"")) >= LENGTH_MIN:
            headers.append((b"vary", b"Accept-Encoding"))  # as where the answer itself leaves
        await self._send({**head, "status": 304, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})
