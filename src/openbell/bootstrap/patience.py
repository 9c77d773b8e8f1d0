"""How long the server waits for the head of a request, and how much of one it takes: beyond that it hangs up."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S = 10
"""Time from the connection, or from the first byte of a further request, to the end of its headers."""
HEAD_BYTES_MAX = 64 * 1024
"""Bytes of a head; the parser itself takes in whatever comes, and a head of many short lines twenty times over."""
_STATUS = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
_REFUSAL = b"The head of a request may have %d bytes.\n" % HEAD_BYTES_MAX


class Patience(HttpToolsProtocol):
    """The web server's HTTP with an end to its patience. Between requests its own keep-alive limit counts."""

    _deadline: asyncio.TimerHandle | None = None
    _unfinished = 0
    """Bytes since a request began, its head was complete, or a piece of its body came."""

    def data_received(self, data: bytes) -> None:
        """Take in what has come. What is neither a head of the usual size nor a body (trailers are not) ends here."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > HEAD_BYTES_MAX and not self.transport.is_closing():
            lines = (b"content-type: text/plain", b"content-length: %d" % len(_REFUSAL), b"connection: close", b"")
            self.transport.write(b"\r\n".join([_STATUS[:-2], *lines, _REFUSAL]))
            self.transport.close()

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the headers."""
        super().on_message_begin()
        self._unfinished = 0
        if self._deadline is None:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. One that follows a body is no part of the head, and nobody here wants it."""
        if self._deadline is not None:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._unfinished = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Wait no more."""
        self._rest()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD_WITHIN_S, self._hang_up)

    def _rest(self) -> None:
        self._unfinished = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        self.transport.close()
