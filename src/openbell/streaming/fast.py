"""A line's end of the fan: no task writes for it and no timer runs for it, as the fan and its heart do that for all."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol

from openbell.streaming.frames import Frames
from openbell.streaming.outbox import Outbox
from openbell.streaming.protocol import StreamProtocol
from openbell.streaming.ways import Way, way_of


class OneLine(Protocol):
    """The line whose end it is."""

    outbox: Outbox
    batch_s: float

    def collected(self) -> list[bytes]:
        """Take what is to be written now."""
        ...


class OneTalk(Protocol):
    """What is said on it."""

    def pulse(self) -> Awaitable[None] | None:
        """Let time pass; give what is left to be awaited."""
        ...

    def written(self) -> None:
        """Note that the client has taken what was written to it."""
        ...


def _nothing() -> None:
    """Stand for a talk without market data."""


class Fast:
    """One connection among those that are written to in rounds."""

    def __init__(self, protocol: StreamProtocol, line: OneLine, *, last_words_s: float) -> None:
        self.fan = protocol.fan
        self.on_settled: Callable[[], None] = _nothing
        """Called when all that waited was written, and it may join a group."""
        self.on_stalled: Callable[[], None] = _nothing
        """Called when the client takes no more: it has to leave its group."""
        self._last_words_s = last_words_s
        self._protocol = protocol
        self._line = line
        self._talk: OneTalk | None = None
        self._has_written = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last_words: asyncio.TimerHandle | None = None
        self._batch: asyncio.TimerHandle | None = None
        self._pulse: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Have what waits written in the next round; market data of a line that batches when its time is over."""
        self.fan.owe(self)
        if self._last_words is None and self._line.outbox.ending is not None:
            # The client may take nothing: give it a moment, then end without it.
            self._last_words = asyncio.get_running_loop().call_later(self._last_words_s, self._end)

    def flush(self, frames: Frames) -> None:
        """Write what waits, as far as the client takes it: a client that does not read leaves the rounds."""
        protocol, line = self._protocol, self._line
        if line.outbox.ending is not None:
            self.on_stalled()  # it has heard the last of the market
        if protocol.is_paused:
            line.outbox.passed_over()
            return
        take = line.outbox.take_private if line.batch_s else line.outbox.take
        while not protocol.is_paused and (messages := take()):
            protocol.write(frames.of(messages))
            self._has_written = True
        if line.batch_s and self._batch is None and line.outbox.waiting:
            self._batch = asyncio.get_running_loop().call_later(line.batch_s, self._flush_batch)
        if line.outbox.ending is not None and not line.outbox.waiting:
            self._end()

    def settle(self) -> None:
        """Join a group when nothing waits any more."""
        if self._protocol.takes and not self._line.outbox.waiting:
            self.on_settled()

    @property
    def way(self) -> Way:
        """Give how frames are written to it as the member of a group. No check: who ends or stalls has left it."""
        return way_of(self._protocol.transport)

    def beat(self) -> None:
        """Let time pass."""
        if self._talk is None or self._ended.done():
            return
        if self._has_written and not self._protocol.is_paused:
            self._has_written = False
            self._talk.written()
        if self._pulse is None:
            work = self._talk.pulse()
            if work is not None:
                self._pulse = asyncio.ensure_future(work)
                self._pulse.add_done_callback(self._pulsed)

    def listen(self, at_once: Callable[[str], bool]) -> None:
        """Offer what the client says as it arrives."""
        self._protocol.on_message = at_once

    async def run(
        self, talk: OneTalk, reading: Coroutine[None, None, None], *, hang_up: Callable[[], Awaitable[None]]
    ) -> None:
        """Be part of the rounds until the client has gone or the last message is out."""
        self._begin(talk)
        heard = asyncio.create_task(reading)
        try:
            await asyncio.wait((heard, self._ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave()
            heard.cancel()
            await asyncio.gather(heard, *([self._pulse] if self._pulse else []), return_exceptions=True)
        await hang_up()
        for part in (heard, self._ended):
            if part.done() and not part.cancelled():
                part.result()

    def _begin(self, talk: OneTalk) -> None:
        self._talk = talk
        self._protocol.on_writable = self.wake
        self._protocol.on_stalled = self._stalled
        self.fan.heart.join(self)

    def _stalled(self) -> None:
        self._line.outbox.passed_over()
        self.on_stalled()

    def _leave(self) -> None:
        self.on_stalled()
        self._talk = None
        self._protocol.on_writable = self._protocol.on_stalled = self._protocol.on_message = None
        self.on_settled = self.on_stalled = _nothing
        self.fan.heart.leave(self)
        self.fan.forget(self)
        for waiting in (self._batch, self._last_words, self._pulse):
            if waiting is not None:
                waiting.cancel()

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _pulsed(self, pulse: "asyncio.Future[None]") -> None:
        self._pulse = None
        if not (pulse.cancelled() or self._ended.done()) and (problem := pulse.exception()) is not None:
            self._ended.set_exception(problem)

    def _flush_batch(self) -> None:
        self._batch = None
        if not self._protocol.is_paused and (messages := self._line.collected()):
            self._protocol.write(Frames().of(messages))
            self._has_written = True
        self.wake()
