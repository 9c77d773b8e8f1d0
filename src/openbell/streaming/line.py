"""Drives one WebSocket: one task writes, one reads, one lets time pass. What is said is a Talk's."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from openbell.streaming.fan import Frames
from openbell.streaming.outbox import Ending, Outbox
from openbell.streaming.protocol import EXTENSION, StreamProtocol
from openbell.streaming.wire import batch

PULSE_S = 0.5
"""Time between two looks at the credentials, so that a revocation is seen within a second."""
CLOSE_TIMEOUT_S = 1.0
"""Longest wait for a client to take the last messages and the close."""
BAD_CREDENTIALS = 4401
NORMAL = 1000


class Talk(Protocol):
    """One side of a conversation."""

    async def hear(self, said: str | bytes) -> None:
        """Take one message of the client."""
        ...

    async def pulse(self) -> None:
        """Let time pass: about twice a second."""
        ...

    def written(self) -> None:
        """Note that the client has taken what was written to it."""
        ...


class Line:
    """One accepted connection. Messages leave through `outbox`; `batch_s` collects its market data that long.

    Where the web server speaks `StreamProtocol`, the fan writes for all connections at once; elsewhere each line has a
    task that writes through the framework. What a client is told, and in which order, is the same.
    """

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._ready = asyncio.Event()
        self._fast = Fast.of(websocket, self)
        self.outbox = Outbox(wake=self._ready.set if self._fast is None else self._fast.wake)
        self.batch_s = 0.0
        self._is_hearing = False

    async def run(self, talk: Talk, *, at_once: Callable[[str], bool] | None = None) -> None:
        """Talk until either side ends it.

        `at_once` is offered each text as it arrives, where nothing said before it waits to be heard. It answers within
        the call, or later through the outbox; for what it does not take, with False, `hear` is awaited.
        """
        if self._fast is not None and at_once is not None:
            # What is done on a caller's behalf is recorded as theirs: the context says who that is.
            context = copy_context()
            self._fast.listen(lambda said: context.run(self._offer, at_once, said))
        write = self._write(talk) if self._fast is None else self._fast.run(talk)
        tasks = [asyncio.create_task(step) for step in (write, self._read(talk), self._watch(talk))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._hang_up()
        for task in done:
            task.result()

    def collected(self) -> list[bytes]:
        """Take what is to be written now."""
        if not self.batch_s:
            return self.outbox.take()
        market = self.outbox.take_market()
        return [*self.outbox.take_private(), *([batch(market)] if market else [])]

    async def _write(self, talk: Talk) -> None:
        """Write what waits. A client that does not read holds up this task and nobody else."""
        with suppress(WebSocketDisconnect):
            while self.outbox.ending is None or self.outbox.waiting:
                await self._ready.wait()
                if self.batch_s:
                    await self._send(self.outbox.take_private(), talk)
                    await asyncio.sleep(self.batch_s)
                self._ready.clear()
                while waiting := self.collected():
                    await self._send(waiting, talk)

    async def _send(self, messages: list[bytes], talk: Talk) -> None:
        for one in messages:
            await self._websocket.send_text(one.decode())
        talk.written()

    def _offer(self, at_once: Callable[[str], bool], said: str) -> bool:
        return not self._is_hearing and at_once(said)

    async def _read(self, talk: Talk) -> None:
        with suppress(WebSocketDisconnect):
            while (received := await self._websocket.receive())["type"] != "websocket.disconnect":
                text = received.get("text")
                self._is_hearing = True
                await talk.hear(received["bytes"] if text is None else text)
                self._is_hearing = False

    async def _watch(self, talk: Talk) -> None:
        while self.outbox.ending is None:
            await asyncio.sleep(PULSE_S)
            await talk.pulse()
        # The writer may be held up by a client that does not read: give it a moment, then end without it.
        await asyncio.sleep(CLOSE_TIMEOUT_S)

    async def _hang_up(self) -> None:
        ending = self.outbox.ending or Ending(NORMAL, "")
        if WebSocketState.DISCONNECTED in (self._websocket.client_state, self._websocket.application_state):
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._websocket.close(ending.code, ending.reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            return  # it has gone by itself, or takes nothing any more


class Fast:
    """A line's end of the fan."""

    def __init__(self, protocol: StreamProtocol, line: "Line") -> None:
        self._protocol = protocol
        self._fan = protocol.fan
        self._line = line
        self._has_written = False
        self._ended = asyncio.Event()
        self._batch: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, websocket: WebSocket, line: "Line") -> "Fast | None":
        """Give the fast way out where the connection has one."""
        protocol = websocket.scope.get("extensions", {}).get(EXTENSION)
        return cls(protocol, line) if isinstance(protocol, StreamProtocol) else None

    def wake(self) -> None:
        """Have what waits written in the next round; market data of a line that batches when its time is over."""
        self._fan.owe(self)

    def flush(self, frames: Frames) -> None:
        """Write what waits, as far as the client takes it: a client that does not read leaves the rounds."""
        protocol, line = self._protocol, self._line
        if protocol.is_paused:
            return
        take = line.outbox.take_private if line.batch_s else line.outbox.take
        while not protocol.is_paused and (messages := take()):
            protocol.write(frames.of(messages))
            self._has_written = True
        if line.batch_s and self._batch is None and line.outbox.waiting:
            self._batch = asyncio.get_running_loop().call_later(line.batch_s, self._flush_batch)
        if line.outbox.ending is not None and not line.outbox.waiting:
            self._ended.set()

    def listen(self, at_once: Callable[[str], bool]) -> None:
        """Offer what the client says as it arrives."""
        self._protocol.on_message = at_once

    async def run(self, talk: Talk) -> None:
        """Be part of the rounds until the last message is out."""
        self._protocol.on_writable = self.wake
        try:
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(PULSE_S):
                        await self._ended.wait()
                if self._has_written and not self._protocol.is_paused:
                    self._has_written = False
                    talk.written()
        finally:
            self._protocol.on_writable = self._protocol.on_message = None
            self._fan.forget(self)
            if self._batch is not None:
                self._batch.cancel()

    def _flush_batch(self) -> None:
        self._batch = None
        if not self._protocol.is_paused and (messages := self._line.collected()):
            self._protocol.write(Frames().of(messages))
            self._has_written = True
        self.wake()
