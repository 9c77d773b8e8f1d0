"""HTTP as the web server is given it: what can be answered at once is, before the framework hears of it.

It leans on the inside of uvicorn's protocol, so both are pinned, and `tests/contracts/platform/test_at_once.py` holds
what it leans on.
"""

import asyncio
from functools import partial
from typing import Any, cast

from starlette.types import Message
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from openbell.api.at_once import BODY_BYTES_MAX, AtOnce, Incoming
from openbell.api.edge_headers import lines_of
from openbell.api.exchange import WAY_OUT
from openbell.bootstrap.patience import Patience

COPIED_MAX = 16 * 1024
"""Bytes of a body below which copying it behind its head costs less than handing over two pieces."""

_OK = STATUS_LINE[200]
_END = b"\r\n"


class _Answered:
    """Stands where uvicorn keeps the latest request and its answer, for one that was answered at once."""

    scope = None
    response_complete = True
    keep_alive = True
    message_event = asyncio.Event()


_ANSWERED = cast("Any", _Answered())


class Http(Patience):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        at_once: AtOnce,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._at_once = at_once
        self._path: str | None = None
        """Of a request whose body is waited for before anybody hears of it."""
        self._sent = b""

    def on_headers_complete(self) -> None:
        """Answer, wait for the body, or leave the request to the framework."""
        # Who asked before in the same packet has been answered: the end of idle connections is set already.
        self._unset_keepalive_if_required()
        path = self._path_at_once()
        if path is None:
            self._begin()
        elif self.parser.get_method() == b"GET":
            self._rest()
            if not self._answer(path, None):
                self._begin()
        else:
            self._rest()
            self._path, self._sent = path, b""

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self._path is None:
            super().on_body(body)
        else:
            self._sent += body

    def on_message_complete(self) -> None:
        """Answer a request whose body has been waited for, or leave it to the framework."""
        path, self._path = self._path, None
        if path is not None:
            if self._answer(path, self._sent):
                return
            self._begin()
            super().on_body(self._sent)
        super().on_message_complete()

    def _path_at_once(self) -> str | None:
        """Give the path of a request that may be answered at once."""
        path, _, _ = self.url.partition(b"?")
        method = self.parser.get_method()
        if not path.isascii() or b"%" in path or b"#" in self.url or not self._at_once.takes(method, path.decode()):
            return None
        is_next = self.cycle is None or self.cycle.response_complete
        if not is_next or self.flow.write_paused or self.transport.is_closing() or self.expect_100_continue:
            return None
        parser = self.parser
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive() or parser.should_upgrade():
            return None
        return path.decode() if method == b"GET" or self._has_small_body() else None

    def _has_small_body(self) -> bool:
        told = dict(self.headers).get(b"content-length", b"")
        return told.isdigit() and len(told) <= 4 and int(told) <= BODY_BYTES_MAX

    def _answer(self, path: str, body: bytes | None) -> bool:
        _, _, query = self.url.partition(b"?")
        method = "GET" if body is None else "POST"
        client_ip = self.client[0] if self.client else ""
        asked = Incoming(method, path, query, self.headers, client_ip, self.scheme or "http", body)
        ready = self._at_once.answer(asked)
        if ready is None:
            return False
        self.cycle = _ANSWERED
        self.server_state.total_requests += 1
        self._write(_OK, ready.lines, ready.body)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    def _begin(self) -> None:
        """Hand a request to the framework, with a way out past it."""
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            cast("dict[str, Any]", self.scope)[WAY_OUT] = partial(self._whole, self.cycle)

    def _whole(self, cycle: RequestResponseCycle, head: Message, piece: Message) -> bool:
        """Write an answer that comes in one piece, and end its request as `cycle` would have."""
        body, headers = piece.get("body", b""), head["headers"]
        is_plain = cycle.keep_alive and cycle.scope["method"] != "HEAD" and not piece.get("more_body", False)
        is_open = not (cycle.disconnected or cycle.response_started or self.flow.write_paused)
        if not (is_plain and is_open) or (b"content-length", b"%d" % len(body)) not in headers:
            return False
        try:
            lines = lines_of(headers)
        except ValueError:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        self._write(STATUS_LINE[head["status"]], lines, body)
        cycle.on_response()
        return True

    def _write(self, status: bytes, lines: bytes, body: bytes) -> None:
        dated = [b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]
        head = b"".join([status, *dated, lines, _END])
        # In one piece: two would be two calls of the kernel, and two packets.
        if len(body) < COPIED_MAX:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))


def http_protocol(at_once: AtOnce) -> type[asyncio.Protocol]:
    """Give what a web server is to make for each connection."""
    return cast("type[asyncio.Protocol]", partial(Http, at_once=at_once))
