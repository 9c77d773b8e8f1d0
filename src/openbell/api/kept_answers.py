"""Answers given again: what many ask for at the same time is worked out once, until it changes.

The answer of the ordinary route is kept as it left, and given again to whoever asks for the very same, so long as
nothing it says can have changed and for a tenth of a second at most. Who asks, how often, and what is logged and
counted is the edge's business, and comes before this.
"""

import gzip
from collections.abc import Hashable

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api.compression import LENGTH_MIN, LEVEL, takes_gzip
from openbell.api.exchange import Exchange, exchange_of, template_of
from openbell.domain import access
from openbell.domain.access import Role
from openbell.services.changes import LIFE_NS, Changes

OWN = frozenset(
    {
        "/v1/positions",
        "/v1/portfolio",
        "/v1/portfolio/positions",
        "/v1/orders",
        "/api/positions",
        "/api/orders",
        "/api/v1/positions",
        "/api/v1/portfolio",
        "/api/v1/balances",
        "/api/v1/orders",
    }
)
"""What the caller's own account holds."""
MARKET = frozenset({"/v1/instruments", "/api/instruments"})
MARKET_BELOW = ("/v1/instruments/", "/api/market-data/")
"""What is the same for everybody who may read."""
KEPT_MAX = 1_000
BYTES_MAX = 32 * 1024 * 1024
"""Answers kept, and their size; past either all are let go."""


class Kept(msgspec.Struct):
    """An answer as it left. `path` is what it is counted by."""

    version: Hashable
    path: str
    head: Message
    body: bytes
    small: bytes = b""
    """Its body compressed, once somebody has asked for that."""


class KeptAnswers:
    """The layer behind the edge."""

    def __init__(self, app: ASGIApp, *, changes: Changes | None) -> None:
        self._app = app
        self._changes = changes
        self._kept: dict[Hashable, Kept] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give an answer again, or pass the request on and keep what comes back."""
        if self._changes is None or scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        exchange, path = exchange_of(scope), scope["path"]
        whose = _whose(exchange, path)
        if whose is None:
            await self._app(scope, receive, send)
            return
        # What changes while an answer is worked out makes it old at once.
        key, version = (whose, path, scope["query_string"]), self._version(exchange, whose)
        found = self._kept.get(key)
        if found is not None and found.version == version:
            scope["route"] = found
            await _send(found, send, accepts=exchange.headers.get(b"accept-encoding", b""))
            return
        heard = _Heard(send)
        await self._app(scope, receive, heard.send)
        if heard.is_whole:
            self._keep(key, Kept(version, template_of(scope), heard.head, heard.body))

    def _version(self, exchange: Exchange, whose: Hashable) -> Hashable:
        changes, who = self._changes, exchange.principal
        assert changes is not None  # noqa: S101 - nothing is kept without
        assert who is not None  # noqa: S101 - nobody unknown is answered here
        if not whose:
            counted = changes.of_market()
        else:
            counted = changes.of_all() if who.role is Role.ADMIN else changes.of_account(who.account_id)
        return counted, exchange.received_ns // LIFE_NS

    def _keep(self, key: Hashable, one: Kept) -> None:
        before = self._kept.pop(key, None)
        self._bytes += len(one.body) - (len(before.body) if before else 0)
        if len(self._kept) >= KEPT_MAX or self._bytes > BYTES_MAX:
            self._kept.clear()
            self._bytes = len(one.body)
        self._kept[key] = one


def _whose(exchange: Exchange, path: str) -> Hashable | None:
    """Give whom an answer is for, '' for everybody; None where it is not to be given again."""
    who = exchange.principal
    if who is None or not who.may(access.Scope.READ) or b"if-none-match" in exchange.headers:
        return None
    if path in OWN:
        return who
    return "" if path in MARKET or path.startswith(MARKET_BELOW) else None


async def _send(kept: Kept, send: Send, *, accepts: bytes) -> None:
    head, body = dict(kept.head), kept.body
    headers = list(head["headers"])
    if len(body) >= LENGTH_MIN and takes_gzip(accepts):
        body = kept.small = kept.small or gzip.compress(body, LEVEL, mtime=0)
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers += [
            (b"vary", b"Accept-Encoding"),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(body)).encode()),
        ]
    head["headers"] = headers
    await send(head)
    await send({"type": "http.response.body", "body": body})


class _Heard:
    """An answer on its way out, listened to."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.head: Message = {}
        self.body = b""
        self.is_whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # The layers outside add to the headers.
            self.head = {**message, "headers": list(message.get("headers", ()))}
        elif not message.get("more_body", False) and self.head.get("status") == 200:
            self.is_whole, self.body = not self.is_whole, message.get("body", b"")
        else:
            self.head = {}
        await self._send(message)
