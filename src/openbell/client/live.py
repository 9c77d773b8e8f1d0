"""The live stream on an event loop: drives the line over real sockets and hands out messages."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from openbell.client.errors import OpenbellError, Unavailable, error_of
from openbell.client.frames import Subscription
from openbell.client.line import Action, Connect, Deliver, Line, State, Stop, Wait, Write
from openbell.client.models.live import Message

OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
PING_INTERVAL_S = 20.0
"""A server that does not answer a ping for as long is gone."""
FRAME_BYTES_MAX = 16 * 1024 * 1024
MESSAGES_MAX = 1_000
"""Messages that may wait for the reader; past that the socket is not read, and the server cuts it: it is resumed."""
LOST = 1006

StateSeen = Callable[[State], None]


class Credential(Protocol):
    """Gives a credential; where one was refused, another."""

    async def __call__(self, refused: str) -> str:
        """Give it. Raises OpenbellError."""
        ...


def socket_url(url: str) -> str:
    """Give the socket's address on a server."""
    return f"ws{url.removeprefix('http')}/ws"


class Mailbox:
    """Messages on their way to one reader, bounded."""

    def __init__(self, size_max: int) -> None:
        self._size_max = size_max
        self._waiting: deque[Message] = deque()
        self._changed = asyncio.Condition()
        self._error: OpenbellError | None = None
        self._is_over = False

    async def put(self, message: Message) -> None:
        """Add a message, as soon as there is room."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < self._size_max or self._is_over)
            self._waiting.append(message)
            self._changed.notify_all()

    async def get(self) -> Message:
        """Take the next message. Raises StopAsyncIteration, or the error, when there will be none."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._waiting) or self._is_over)
            if not self._waiting:
                raise self._error or StopAsyncIteration
            self._changed.notify_all()
            return self._waiting.popleft()

    async def end(self, error: OpenbellError | None) -> None:
        """Let no more messages come."""
        async with self._changed:
            self._error, self._is_over = error, True
            self._changed.notify_all()


class AsyncStream:
    """What happens, as it happens: `async with client.stream() as stream`, then `async for message in stream`.

    It reconnects by itself and misses nothing of the own account meanwhile; see `state` and `last_seq`.
    """

    def __init__(self, url: str, *, credential: Credential, line: Line) -> None:
        self._url = url
        self._credential = credential
        self._line = line
        self._bearer = ""
        self._socket: ClientConnection | None = None
        self._mailbox = Mailbox(MESSAGES_MAX)
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        """How the stream is."""
        return self._line.state

    @property
    def last_seq(self) -> int | None:
        """Number of the last event of the account of which everything came; give it as `from_seq` another day."""
        return self._line.last_seq

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        return await self._mailbox.get()

    async def next(self, *, timeout_s: float) -> Message | None:
        """Give the next message, or None when none comes in time or the stream was closed. Raises OpenbellError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._mailbox.get()
        except (TimeoutError, StopAsyncIteration):
            return None

    async def ready(self, *, timeout_s: float = 30.0) -> None:
        """Wait until the stream is open. Raises Unavailable when it is not in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._line.state is not State.OPEN:
                    if self._line.state is State.CLOSED:
                        raise Unavailable("STREAM_CLOSED", "the stream is closed")
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise Unavailable("STREAM_TIMEOUT", f"the stream is not open after {timeout_s:g} s") from None

    async def subscribe(
        self, channel: str, *instruments: str, timeframe: str | None = None, depth: int | None = None
    ) -> None:
        """Listen to a channel, for market channels of these instruments, now and after every reconnect."""
        wanted = Subscription(channel=channel, instruments=instruments, timeframe=timeframe, depth=depth)
        await self._say(self._line.subscribe(wanted))

    async def unsubscribe(
        self, channel: str, *instruments: str, timeframe: str | None = None, depth: int | None = None
    ) -> None:
        """Undo a `subscribe` with the same words."""
        wanted = Subscription(channel=channel, instruments=instruments, timeframe=timeframe, depth=depth)
        await self._say(self._line.unsubscribe(wanted))

    async def close(self) -> None:
        """End the stream; whoever reads it comes to its end."""
        self._line.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._hang_up()
        await self._mailbox.end(None)
        self._moved.set()

    async def _run(self) -> None:
        todo = deque(self._line.start())
        try:
            while self._line.state is not State.CLOSED or todo:
                more = await self._act(todo.popleft()) if todo else await self._hear()
                self._moved.set()
                todo.extend(more)
        finally:
            # Whatever ends this, nobody is left waiting for a message that cannot come.
            if self._line.state is not State.CLOSED:
                self._line.close()
                await self._mailbox.end(Unavailable("STREAM_BROKEN", "the stream ended by an error of its own"))

    async def _act(self, action: Action) -> list[Action]:
        match action:
            case Connect():
                return await self._connect(action)
            case Write():
                await self._say([action])
            case Wait(seconds=seconds):
                await self._hang_up()
                await asyncio.sleep(seconds)
                return self._line.elapsed()
            case Deliver(message=message):
                await self._mailbox.put(message)
            case Stop(error=error):
                await self._hang_up()
                await self._mailbox.end(error)
        return []

    async def _connect(self, how: Connect) -> list[Action]:
        query = "" if how.from_seq is None else f"?from_seq={how.from_seq}"
        try:
            self._bearer = await self._credential(self._bearer if how.is_renewed else "")
            self._socket = await connect(
                self._url + query,
                additional_headers={"authorization": f"Bearer {self._bearer}"},
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=PING_INTERVAL_S,
                ping_timeout=PING_INTERVAL_S,
                max_size=FRAME_BYTES_MAX,
            )
        except OpenbellError as error:
            return self._line.refused(error)
        except InvalidStatus as refusal:
            answer = refusal.response
            return self._line.refused(
                error_of(answer.status_code, headers=dict(answer.headers.raw_items()), body=bytes(answer.body or b""))
            )
        except (OSError, WebSocketException) as problem:
            return self._line.lost(0, str(problem))
        return []

    async def _hear(self) -> list[Action]:
        if self._socket is None:
            return self._line.lost(LOST, "no socket")
        try:
            return self._line.received(await self._socket.recv())
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (LOST, "no goodbye")
            return self._line.lost(code, reason)

    async def _say(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Write) and self._socket is not None:
                # A frame that is lost with its socket is said again on the next.
                with suppress(ConnectionClosed):
                    await self._socket.send(action.text)

    async def _hang_up(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
