"""Idempotency-Key on POST, PUT and PATCH: the same key and request give the same answer and no second effect."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from openbell.api.errors import ApiError
from openbell.api.exchange import exchange_of
from openbell.api.limits import StrictRoute
from openbell.services.answers import Answers, KeyInFlight, KeyReused

HEADER = "idempotency-key"
REPLAYED = {"Idempotent-Replayed": "true"}
METHODS = frozenset({"POST", "PUT", "PATCH"})
RETRY_AFTER_S = 1

_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(StrictRoute):
    """A route that remembers what it answered to a key, unless the answer was an outage of ours."""

    def get_route_handler(self) -> Handler:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            who = exchange_of(request.scope).principal
            if key is None or who is None or request.method not in METHODS:
                return await handler(request)
            if not _KEY.fullmatch(key):
                raise ApiError(400, "VALIDATION_ERROR", "An Idempotency-Key is 1 to 128 visible ASCII characters.")
            answers: Answers = request.app.state.services.answers
            asked = await _fingerprint(request)
            kept = await answers.claim(who.user_id, key, request=asked)
            if kept is not None:
                return _again(kept)
            again = Request(request.scope, _replayed(await request.body()))
            return await _first(handler, again, answers, (who.user_id, key, asked))

        return once


async def _first(handler: Handler, request: Request, answers: Answers, claim: tuple[str, str, bytes]) -> Response:
    user_id, key, asked = claim
    settled = False
    try:
        answer = await handler(request)
        if answer.status_code < 500:
            settled = True
            await answers.settle(user_id, key, request=asked, status=answer.status_code, body=bytes(answer.body))
        return answer
    finally:
        if not settled:
            answers.give_up(user_id, key)


async def _fingerprint(request: Request) -> bytes:
    """Give what makes a request the same: its method, path with query, and body."""
    path = request.url.path.encode()
    return b"\n".join((request.method.encode(), path, request.scope["query_string"], await request.body()))


def _replayed(body: bytes) -> Receive:
    """Give a body that has been read already to whoever reads it next."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _again(kept: Any) -> Response:
    if isinstance(kept, KeyReused):
        raise ApiError(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another request before.")
    if isinstance(kept, KeyInFlight):
        raise ApiError(
            409, "REQUEST_IN_PROGRESS", "The first request with this key is under way.", retry_after_s=RETRY_AFTER_S
        )
    return Response(kept.body, kept.status, REPLAYED, "application/json")
