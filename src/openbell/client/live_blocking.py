"""The live stream for programs without an event loop: the asynchronous one, on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from openbell.client.errors import Unavailable
from openbell.client.line import State
from openbell.client.live import AsyncStream, Credential
from openbell.client.models.live import Message

T = TypeVar("T")


def in_thread(credential: Callable[[str], str]) -> Credential:
    """Make a credential of the blocking client one that can be awaited."""

    async def wait(refused: str) -> str:
        return await asyncio.to_thread(credential, refused)

    return wait


class Stream:
    """What happens, as it happens: `with client.stream() as stream`, then `for message in stream`."""

    def __init__(self, stream: AsyncStream) -> None:
        self._stream = stream
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        """How the stream is."""
        return self._stream.state

    @property
    def last_seq(self) -> int | None:
        """Number of the last event of the account of which everything came; give it as `from_seq` another day."""
        return self._stream.last_seq

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openbell-stream", daemon=True)
        self._thread.start()
        self._do(self._stream.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Message:
        try:
            return self._do(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def next(self, *, timeout_s: float) -> Message | None:
        """Give the next message, or None when none comes in time or the stream was closed. Raises OpenbellError."""
        return self._do(self._stream.next(timeout_s=timeout_s))

    def ready(self, *, timeout_s: float = 30.0) -> None:
        """Wait until the stream is open. Raises Unavailable when it is not in time."""
        self._do(self._stream.ready(timeout_s=timeout_s))

    def subscribe(
        self, channel: str, *instruments: str, timeframe: str | None = None, depth: int | None = None
    ) -> None:
        """Listen to a channel, for market channels of these instruments, now and after every reconnect."""
        self._do(self._stream.subscribe(channel, *instruments, timeframe=timeframe, depth=depth))

    def unsubscribe(
        self, channel: str, *instruments: str, timeframe: str | None = None, depth: int | None = None
    ) -> None:
        """Undo a `subscribe` with the same words."""
        self._do(self._stream.unsubscribe(channel, *instruments, timeframe=timeframe, depth=depth))

    def close(self) -> None:
        """End the stream and its thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._do(self._stream.close())
        self._do(loop.shutdown_default_executor())
        self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            what.close()
            raise Unavailable("STREAM_CLOSED", "the stream is not open: use it in `with`")
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()
