"""The WebSocket protocol that the web server is given: it shakes hands and reads, and frames may be written past it.

It leans on the inside of uvicorn's protocol, so both are pinned, and `tests/unit/streaming/test_protocol.py` holds what
it leans on. Where a connection comes without it (another server, a test client) `Line` writes through the framework.
"""

import asyncio
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from openbell.streaming.fan import Fan

EXTENSION = "openbell.stream"
"""Where in a connection's scope its protocol is found."""
READ_MAX = 32
"""Messages of a client that may wait to be heard before no more are read."""


class StreamProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        fan: Fan,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.fan = fan
        self.on_writable: Callable[[], None] | None = None
        """Called when the client takes data again."""
        self.on_stalled: Callable[[], None] | None = None
        """Called when it takes no more: it does not read, or the connection ends."""
        self.on_message: Callable[[str], bool] | None = None
        """Called with a message as it arrives; False leaves it to the application, which hears in order."""

    @property
    def is_paused(self) -> bool:
        """Whether the client does not take what was written already."""
        return not self.writable.is_set()

    @property
    def takes(self) -> bool:
        """Whether the client takes what is written at once, and the connection goes on."""
        return self.writable.is_set() and self._is_open()

    def write(self, frames: bytes) -> None:
        """Write whole frames. What comes after an end is dropped."""
        if self._is_open():
            self.transport.write(frames)

    def pause_writing(self) -> None:
        """Wait until the client has read some of what was written."""
        super().pause_writing()
        self._stall()

    def resume_writing(self) -> None:
        """Go on where the transport stopped taking data."""
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake, and let the application find its way here."""
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def handle_close(self, event: Frame) -> None:
        """Answer a client's goodbye; nothing may follow that."""
        self._stall()
        super().handle_close(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the client is gone."""
        self._stall()
        super().connection_lost(exc)
        # What holds itself would be there until the garbage collector looks: a crowd that comes back twice the memory.
        self.conn.parser = _nothing_more()
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"].pop(EXTENSION, None)

    def handle_parser_exception(self) -> None:
        """End a connection on which no frames came."""
        self._stall()
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """End a connection that answers no pings."""
        self._stall()
        super().keepalive_timeout()

    def shutdown(self) -> None:
        """Say goodbye, as the server stops."""
        self._stall()
        super().shutdown()

    def send_receive_event_to_app(self) -> None:
        """Hand a message over. Stopping to read after every one of them would cost more than the message."""
        if self._is_heard_at_once():
            self.frames = []
            return
        self.read_paused = self.queue.qsize() < READ_MAX
        super().send_receive_event_to_app()
        if self.queue.qsize() < READ_MAX:
            self.read_paused = False

    def _is_open(self) -> bool:
        return not (self.close_sent or self.disconnected or self.transport.is_closing())

    def _stall(self) -> None:
        if self.on_stalled is not None:
            self.on_stalled()

    def _is_heard_at_once(self) -> bool:
        """Offer a message to whoever listens for it here, unless an earlier one still waits for the application."""
        if self.on_message is None or self.close_sent or self.curr_msg_data_type != "text" or not self.queue.empty():
            return False
        try:
            text = b"".join(self.frames).decode()
        except UnicodeDecodeError:
            return False
        return self.on_message(text)


def _nothing_more() -> Generator[None, None, None]:
    """Stand for the parser of a connection that is gone."""
    yield


def stream_protocol() -> type[asyncio.Protocol]:
    """Give what a web server is to make for each WebSocket: all of its connections write through one fan."""
    return cast("type[asyncio.Protocol]", partial(StreamProtocol, fan=Fan()))
