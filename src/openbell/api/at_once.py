"""Answers within the call that reads the request: no task, no messages between layers, one write.

What is asked most is answered from memory, without waiting for anything. For such a request the framework's way costs
several times the work: a task, an event, two messages through eight layers, headers looked at one by one. Here the
same steps are taken in the same order, who asks, how often, what is answered, what is logged and counted, as long as
none of them has to wait and nothing about the request is unusual. Anything else, every refusal among it, is left to the
ordinary way, and nothing has been counted by then. `tests/contracts/platform/test_at_once.py` holds the two together.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

from pydantic import BaseModel
from starlette.responses import Response

from openbell.api import cors, edge_headers
from openbell.api.access_log import Records
from openbell.api.compression import LENGTH_MIN, takes_gzip
from openbell.api.deps import Services
from openbell.api.exchange import Exchange
from openbell.api.hot import JSON, Asked, HotRoute, is_plain, understood, written
from openbell.api.settings import ApiSettings
from openbell.api.shelf import MARKET, MARKET_BELOW, OWN, QUERY_LENGTH_MAX, Kept, Ready, Shelf
from openbell.domain.values import NANOS_PER_SECOND

BODY_BYTES_MAX = 8 * 1024
FORMS_MAX = 16
ACCEPTS_LENGTH_MAX = 128
"""Forms of one answer whose head is kept: callers may write what encodings they accept in many ways, and at length."""

Made: TypeAlias = BaseModel | bytes | Response
"""What a route gives."""
OK = 200

_UNUSUAL = frozenset(
    {
        *(b"origin", b"x-signature", b"if-none-match", b"transfer-encoding", b"expect", b"upgrade"),
        *(b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"idempotency-key"),
    }
)
"""Headers of a request that only the ordinary way understands."""


class Incoming(NamedTuple):
    """A request as it was read. `path` is plain ASCII without percent signs; `body` is None where there is none."""

    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    client_ip: str
    scheme: str
    body: bytes | None = None


class AtOnce:
    """Answers what it can."""

    def __init__(
        self,
        services: Services,
        *,
        settings: ApiSettings,
        shelf: Shelf,
        records: Records,
        routes: Mapping[tuple[str, str], HotRoute],
    ) -> None:
        self._services = services
        self._settings = settings
        self._shelf = shelf
        self._records = records
        self._routes = {key: route for key, route in routes.items() if route.waits_for_nothing}
        self._more: dict[tuple[object, ...], bytes] = {}
        """What is added to an answer's own headers, by the names of those."""
        self._paths = OWN | MARKET | {path for method, path in self._routes if method == "GET"}

    def takes(self, method: bytes, path: str) -> bool:
        """Tell whether there is anything here that is asked like that."""
        if method == b"GET":
            return path in self._paths or path.startswith(MARKET_BELOW)
        return method == b"POST" and ("POST", path) in self._routes

    def answer(self, asked: Incoming) -> Ready | None:
        """Answer a request, log it and count it; None leaves it as if it had not been seen."""
        started = time.perf_counter()
        headers = dict(asked.headers)
        if not _is_usual(asked, headers):
            return None
        exchange = edge_headers.begin(headers, client_ip=asked.client_ip, settings=self._settings)
        who = self._services.access.known(edge_headers.credential_of(headers), client_ip=asked.client_ip)
        if who is None:
            return None
        exchange.principal = who
        quota, caller = self._services.quota, who.user_id
        counted = quota.request_now(asked.method, asked.path, caller=caller, role=who.role)
        if counted is None:
            return None
        found = self._found(asked, exchange)
        if found is None:
            quota.give_back(asked.method, asked.path, caller=caller)
            return None
        exchange.quota = counted.verdict
        ready = self._written(found, exchange, asked.scheme)
        seconds = time.perf_counter() - started
        self._records.keep(exchange, method=asked.method, route=found.path, status=200, seconds=seconds)
        return ready

    def _found(self, asked: Incoming, exchange: Exchange) -> Kept | None:
        """Give an answer that is kept, or make one."""
        place = self._shelf.place(exchange, asked.path, asked.query) if asked.body is None else None
        found = None if place is None else self._shelf.find(place)
        if found is not None:
            return found
        route = self._routes.get((asked.method, asked.path))
        if route is None or not is_plain(exchange, route, asked.query):
            return None
        answer = self._made(route, exchange, asked.body)
        if answer is None or (isinstance(answer, Response) and answer.status_code != OK):
            return None
        if isinstance(answer, Response):
            headers, text = [*answer.raw_headers], bytes(answer.body)
        else:
            text = written(answer)
            headers = [(b"content-length", str(len(text)).encode()), (b"content-type", JSON)]
        made = Kept(None if place is None else place.version, route.path, headers, text)
        if place is not None:
            self._shelf.keep(place.key, made)
        return made

    def _made(self, route: HotRoute, exchange: Exchange, sent: bytes | None) -> Made | None:
        """Have a route answer; None for whatever is no answer, or would have to wait."""
        body = None if route.body is None or sent is None else understood(sent, route.body)
        if body is None and route.body is not None:
            return None
        assert exchange.principal is not None  # noqa: S101 - it was found before
        response = Response()
        work = route.answer(Asked(self._services, exchange.principal, exchange, body, response))
        try:
            waits_for = work.send(None)
        except StopIteration as done:
            return cast("Made", done.value)
        except Exception:  # noqa: BLE001 - the ordinary way will say what is wrong, as it says everything
            return None
        work.close()
        if asyncio.isfuture(waits_for):
            waits_for.cancel()  # the ordinary way asks anew: nobody is there to hear what comes of it
        return None

    def _written(self, found: Kept, exchange: Exchange, scheme: str) -> Ready:
        accepts = exchange.headers.get(b"accept-encoding", b"")
        form = (scheme, accepts)
        cached = found.forms.get(form)
        if cached is None:
            cached = self._formed(found, scheme, accepts)
            if len(found.forms) < FORMS_MAX and len(accepts) <= ACCEPTS_LENGTH_MAX:
                found.forms[form] = cached
        lines = [cached.lines, b"x-request-id: ", exchange.request_id.encode(), b"\r\n"]
        if exchange.quota is not None:
            lines.append(edge_headers.quota_lines(exchange.quota, exchange.received_ns // NANOS_PER_SECOND))
        return Ready(b"".join(lines), cached.body)

    def _formed(self, found: Kept, scheme: str, accepts: bytes) -> Ready:
        headers, body = found.form(accepts)
        if len(found.body) >= LENGTH_MIN and not takes_gzip(accepts):
            headers.append((b"vary", b"Accept-Encoding"))
        names = (scheme, *[name for name, _ in headers])
        more = self._more.get(names)
        if more is None:
            added = [*edge_headers.settled(scheme), *cors.headers(None, self._settings.cors_origins)]
            # There are as many as there are kinds of answers.
            more = self._more[names] = edge_headers.lines_of([*added, *edge_headers.unless_set(headers)])
        return Ready(edge_headers.lines_of(headers) + more, body)


def _is_usual(asked: Incoming, headers: dict[bytes, bytes]) -> bool:
    """Tell whether a request has nothing about it that only the ordinary way knows."""
    if not _UNUSUAL.isdisjoint(headers) or len(asked.query) > QUERY_LENGTH_MAX or b"%00" in asked.query:
        return False
    if asked.body is None:
        return b"content-length" not in headers
    return headers.get(b"content-type") == JSON and len(asked.body) <= BODY_BYTES_MAX
