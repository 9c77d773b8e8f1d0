"""Drives one WebSocket: one task writes, one reads, one lets time pass. What is said is a Talk's."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from openbell.streaming.fast import Fast
from openbell.streaming.heart import PULSE_S
from openbell.streaming.outbox import Ending, Outbox
from openbell.streaming.protocol import EXTENSION, StreamProtocol
from openbell.streaming.wire import batch

CLOSE_TIMEOUT_S = 1.0
"""Longest wait for a client to take the last messages and the close."""
BAD_CREDENTIALS = 4401
NORMAL = 1000


class Talk(Protocol):
    """One side of a conversation."""

    async def hear(self, said: str | bytes) -> None:
        """Take one message of the client."""
        ...

    def pulse(self) -> Awaitable[None] | None:
        """Let time pass: about twice a second. Give what is left to be awaited, if anything."""
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
        protocol = websocket.scope.get("extensions", {}).get(EXTENSION)
        is_fast = isinstance(protocol, StreamProtocol)
        self.fast = Fast(protocol, self, last_words_s=CLOSE_TIMEOUT_S) if is_fast else None
        """Its end of the fan, where it has one."""
        self.outbox = Outbox(wake=self._ready.set if self.fast is None else self.fast.wake)
        self.batch_s = 0.0
        self._is_hearing = False

    async def run(self, talk: Talk, *, at_once: Callable[[str], bool] | None = None) -> None:
        """Talk until either side ends it.

        `at_once` is offered each text as it arrives, where nothing said before it waits to be heard. It answers within
        the call, or later through the outbox; for what it does not take, with False, `hear` is awaited.
        """
        if self.fast is not None:
            if at_once is not None:
                # What is done on a caller's behalf is recorded as theirs: the context says who that is.
                context = copy_context()
                self.fast.listen(lambda said: context.run(self._offer, at_once, said))
            try:
                await self.fast.run(talk, self._read(talk), hang_up=self._hang_up)
            finally:
                # They hold each other: what is over goes at once, and not when the garbage collector next looks.
                self.outbox.close()
                self.fast = None
            return
        tasks = [asyncio.create_task(step) for step in (self._write(talk), self._read(talk), self._watch(talk))]
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
        self.outbox.passed_over()  # until what was taken is out
        for one in messages:
            await self._websocket.send_text(one.decode())
        talk.written()

    @property
    def _is_out(self) -> bool:
        """Whether the caller's credentials are no good: who does not read is there for a moment, and not heard."""
        ending = self.outbox.ending
        return ending is not None and ending.code == BAD_CREDENTIALS

    def _offer(self, at_once: Callable[[str], bool], said: str) -> bool:
        return not (self._is_hearing or self._is_out) and at_once(said)

    async def _read(self, talk: Talk) -> None:
        with suppress(WebSocketDisconnect):
            while (received := await self._websocket.receive())["type"] != "websocket.disconnect":
                if self._is_out:
                    continue
                text = received.get("text")
                self._is_hearing = True
                await talk.hear(received["bytes"] if text is None else text)
                self._is_hearing = False

    async def _watch(self, talk: Talk) -> None:
        while self.outbox.ending is None:
            await asyncio.sleep(PULSE_S)
            work = talk.pulse()
            if work is not None:
                await work
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
