"""The edge: one pure-ASGI layer round every request.

It gives the request an id, answers CORS preflights, bounds the body, finds out who is calling and how often, turns
whatever goes wrong inside into our error shape, and logs and counts the answer. What a caller may do is declared on the
route.
"""

import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api import cors, edge_headers
from openbell.api.access_log import Records
from openbell.api.compression import Compressor
from openbell.api.deps import Services
from openbell.api.errors import ApiError, access_refused, broken, invalid, render, too_many, unavailable
from openbell.api.exchange import SLOT, WAY_OUT, Exchange, template_of
from openbell.api.limits import UPLOADS, body_too_large
from openbell.api.settings import ApiSettings
from openbell.api.signed import Incoming, is_signed, read_call
from openbell.domain.access import Principal
from openbell.services.limiter import Verdict
from openbell.services.neighbours import neighbourhood
from openbell.services.refused import AccessRefused, Unavailable

PARAMETERS_MAX = 100

_log = structlog.get_logger("openbell.access")


class Edge:
    """The middleware."""

    def __init__(self, app: ASGIApp, *, services: Services, settings: ApiSettings, records: Records) -> None:
        self._app = app
        self._services = services
        self._settings = settings
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, or let a socket or the lifespan through."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            headers = dict(scope["headers"])
            exchange = scope[SLOT] = self._begin(scope, headers)
            exchange.principal = await self._principal(headers, exchange)
            answer = _Answer(send, lambda: edge_headers.added(scope, exchange, None, self._settings))
            await self._app(scope, receive, answer.send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = dict(scope["headers"])
        exchange = scope[SLOT] = self._begin(scope, headers)
        out = Compressor(send, accepts=headers.get(b"accept-encoding", b""), way_out=scope.get(WAY_OUT))
        origin = headers.get(b"origin")
        answer = _Answer(out.send, lambda: edge_headers.added(scope, exchange, origin, self._settings))
        incoming = Incoming(_bounded(receive, self._bytes_max(scope)))
        try:
            refusal = await self._admit(scope, headers, exchange, incoming)
            if refusal is None:
                await self._app(scope, incoming.receive, answer.send)
            else:
                await refusal(scope, receive, answer.send)
        except Unavailable:
            await self._fail(scope, receive, answer, unavailable())
        except Exception:  # noqa: BLE001 - the last line: nothing inside may leave as a stack trace
            _log.exception("request_failed", request_id=exchange.request_id, route=template_of(scope))
            await self._fail(scope, receive, answer, broken())
        finally:
            self._records.keep(
                exchange,
                method=scope["method"],
                route=template_of(scope),
                status=answer.status,
                seconds=time.perf_counter() - started,
            )

    def _begin(self, scope: Scope, headers: dict[bytes, bytes]) -> Exchange:
        client = scope.get("client")
        client_ip = client[0] if client else ""
        return edge_headers.begin(headers, client_ip=client_ip, settings=self._settings)

    async def _admit(
        self, scope: Scope, headers: dict[bytes, bytes], exchange: Exchange, incoming: Incoming
    ) -> Response | None:
        """Give the answer of a request that gets no further."""
        preflight = cors.preflight(scope["method"], headers, self._settings.cors_origins)
        if preflight is not None:
            return preflight
        problem = self._malformed(scope, headers)
        if problem is not None:
            return render(scope, problem)
        try:
            if is_signed(scope, headers):
                call = await read_call(scope, headers, incoming)
                exchange.principal = await self._services.signing.authenticate(call, client_ip=exchange.client_ip)
            else:
                exchange.principal = await self._principal(headers, exchange)
        except AccessRefused as refused:
            problem = access_refused(refused)
        except ApiError as error:
            problem = error
        # Whoever is refused has asked as well.
        exchange.quota = await self._take(scope, exchange)
        if exchange.quota is not None and not exchange.quota.is_allowed:
            return render(scope, too_many(exchange.quota))
        return None if problem is None else render(scope, problem)

    def _malformed(self, scope: Scope, headers: dict[bytes, bytes]) -> ApiError | None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > self._bytes_max(scope):
            return body_too_large(self._bytes_max(scope))
        query = scope["query_string"]
        if query.count(b"&") >= PARAMETERS_MAX:
            return invalid("", f"At most {PARAMETERS_MAX} query parameters.")
        if b"%00" in query or "\x00" in scope["path"]:
            return invalid("", "The address contains the character NUL.")
        return None

    def _bytes_max(self, scope: Scope) -> int:
        is_upload = scope["path"] in UPLOADS and scope["method"] == "POST"
        return self._settings.upload_bytes_max if is_upload else self._settings.body_bytes_max

    async def _principal(self, headers: dict[bytes, bytes], exchange: Exchange) -> Principal | None:
        credential = edge_headers.credential_of(headers)
        if not credential:
            return None
        return await self._services.access.authenticate(credential, client_ip=exchange.client_ip)

    async def _take(self, scope: Scope, exchange: Exchange) -> Verdict | None:
        who = exchange.principal
        key = who.user_id if who is not None else f"ip:{neighbourhood(exchange.client_ip)}"
        role = who.role if who is not None else None
        return await self._services.quota.request(scope["method"], scope["path"], caller=key, role=role)

    async def _fail(self, scope: Scope, receive: Receive, answer: "_Answer", error: ApiError) -> None:
        if answer.status:
            # Half an answer is out and cannot be taken back: breaking the connection is the only honest sign left.
            raise ConnectionError("the answer broke off")
        await render(scope, error)(scope, receive, answer.send)


class _Answer:
    """The way out: adds the edge's headers and remembers the status."""

    def __init__(self, send: Send, headers: Callable[[], list[tuple[bytes, bytes]]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            own = message.get("headers", [])
            message["headers"] = [*own, *self._headers(), *edge_headers.unless_set(own)]
        await self._send(message)


def _bounded(receive: Receive, bytes_max: int) -> Callable[[], Awaitable[Message]]:
    """Count a body as it comes in, as not every body says how long it will be."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > bytes_max:
            raise body_too_large(bytes_max)
        return message

    return counted
