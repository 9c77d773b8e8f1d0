"""Answers given again: what many ask for at the same time is worked out once, until it changes.

The answer of the ordinary route is kept as it left, and given again to whoever asks for the very same, so long as
nothing it says can have changed and for a tenth of a second at most. Who asks for it while it is worked out waits for
it. Who asks, how often, and what is logged and counted is the edge's business, and comes before this.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api.edge_headers import Pairs
from openbell.api.exchange import Exchange, exchange_of, template_of
from openbell.api.shelf import Kept, Place, Shelf


class KeptAnswers:
    """The layer behind the edge."""

    def __init__(self, app: ASGIApp, *, shelf: Shelf) -> None:
        self._app = app
        self._shelf = shelf
        self._making: dict[Place, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give an answer again, or pass the request on and keep what comes back."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        place = self._shelf.place(exchange, scope["path"], scope["query_string"])
        if place is None:
            await self._app(scope, receive, send)
            return
        making = self._making.get(place)
        if making is not None:
            # Without this all who ask at the instant in which an answer ends would have it made, each for themselves.
            await making.wait()
        found = self._shelf.find(place)
        if found is not None:
            scope["route"] = found
            await _send(found, send, exchange)
            return
        await self._make(place, scope, receive, send)

    async def _make(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        made = asyncio.Event()
        is_first = self._making.setdefault(place, made) is made

        def keep(headers: Pairs, body: bytes) -> None:
            self._shelf.keep(place.key, Kept(place.version, template_of(scope), headers, body))
            made.set()  # before it leaves: who waits for it does not wait for a slow reader

        try:
            await self._app(scope, receive, _Heard(send, keep).send)
        finally:
            if is_first:
                del self._making[place]
                made.set()


async def _send(kept: Kept, send: Send, exchange: Exchange) -> None:
    headers, body = kept.form(exchange.headers.get(b"accept-encoding", b""))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Heard:
    """An answer on its way out, listened to: one that is good and comes in one piece is to be kept."""

    def __init__(self, send: Send, keep: Callable[[Pairs, bytes], None]) -> None:
        self._send = send
        self._keep = keep
        self._headers: Pairs | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # The layers outside add to the headers.
            self._headers = [*message.get("headers", ())] if message["status"] == 200 else None
        elif self._headers is not None:
            headers, self._headers = self._headers, None
            if not message.get("more_body", False):
                self._keep(headers, message.get("body", b""))
        await self._send(message)
