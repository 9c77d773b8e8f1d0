"""Drives one conversation on a WebSocket: one task that writes, one loop that reads, one that lets time pass."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from openbell.domain.access import Principal
from openbell.domain.instants import instant_text
from openbell.domain.values import Nanos
from openbell.streaming.hub import Hub
from openbell.streaming.listener import Listener
from openbell.streaming.outbox import Ending, Outbox
from openbell.streaming.session import Beat, Close, Say, Session, SessionLimits, Subscribe, Unsubscribe
from openbell.streaming.topics import Channel
from openbell.streaming.wire import message

PULSE_S = 0.5
"""Time between two looks at the credentials, so that a revocation is seen within a second."""
CLOSE_TIMEOUT_S = 1.0
"""Longest wait for a client to take the last messages and the close."""
BAD_CREDENTIALS = 4401
NORMAL = 1000


class SocketSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection needs from its surroundings. `is_welcome` tells whether the credentials still hold."""

    hub: Hub
    now_ns: Callable[[], Nanos]
    symbols: Callable[[str], str | None]
    is_welcome: Callable[[], Awaitable[bool]]
    on_lost: Callable[[], Awaitable[None]] | None = None
    """What is done when a connection ends that asked for cancel_on_disconnect; None where the caller may not trade."""
    limits: SessionLimits = SessionLimits()


class Socket:
    """One accepted connection of one caller."""

    def __init__(self, websocket: WebSocket, *, caller: Principal, setup: SocketSetup) -> None:
        self._websocket = websocket
        self._setup = setup
        self._ready = asyncio.Event()
        self._outbox = Outbox(wake=self._ready.set)
        self._session = Session(
            symbols=setup.symbols,
            now_ns=setup.now_ns(),
            limits=setup.limits,
            may_cancel=lambda: setup.on_lost is not None,
        )
        self._caller = caller
        self._listener = Listener(
            account_id=caller.account_id,
            user_id=caller.user_id,
            session_id=caller.session_id,
            key_id=caller.key_id,
            outbox=self._outbox,
        )

    async def run(self, *, from_seq: int | None) -> None:
        """Talk until either side ends it; the listener is gone from the hub afterwards whatever happens."""
        hub, now = self._setup.hub, self._setup.now_ns()
        self._outbox.private(self._greeting(now))
        hub.join(self._listener, from_seq=from_seq, now_ns=now)
        tasks = [asyncio.create_task(step) for step in (self._write(), self._read(), self._watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hub.leave(self._listener)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._session.cancels_on_disconnect and self._setup.on_lost is not None:
                await self._setup.on_lost()
        await self._hang_up()
        for task in done:
            task.result()

    async def _write(self) -> None:
        """Write what waits. A client that does not read holds up this task and nobody else."""
        with suppress(WebSocketDisconnect):
            while self._outbox.ending is None or self._outbox.waiting:
                await self._ready.wait()
                self._ready.clear()
                while waiting := self._outbox.take():
                    for one in waiting:
                        await self._websocket.send_text(one.decode())
                    self._session.alive(now_ns=self._setup.now_ns())

    async def _read(self) -> None:
        with suppress(WebSocketDisconnect):
            while (received := await self._websocket.receive())["type"] != "websocket.disconnect":
                text = received.get("text")
                self._do(
                    self._session.receive(received["bytes"] if text is None else text, now_ns=self._setup.now_ns())
                )

    async def _watch(self) -> None:
        """Let time pass, and end the connection when its credentials no longer hold or it is too slow."""
        while self._outbox.ending is None:
            await asyncio.sleep(PULSE_S)
            now = self._setup.now_ns()
            self._setup.hub.pulse(now)
            self._do(self._session.pulse(now_ns=now))
            if not await self._setup.is_welcome():
                self._outbox.end(BAD_CREDENTIALS, "the credentials no longer hold")
        # The writer may be held up by a client that does not read: give it a moment, then end without it.
        await asyncio.sleep(CLOSE_TIMEOUT_S)

    def _do(self, actions: list[Say | Subscribe | Unsubscribe | Beat | Close]) -> None:
        hub, listener, now = self._setup.hub, self._listener, self._setup.now_ns()
        for action in actions:
            match action:
                case Say(message=said):
                    self._outbox.private(said)
                case Subscribe(topics=topics, reply_to=reply_to, from_seq=from_seq):
                    hub.subscribe(listener, topics, from_seq=from_seq, reply_to=reply_to, now_ns=now)
                case Unsubscribe(topics=topics, reply_to=reply_to):
                    hub.unsubscribe(listener, topics, reply_to=reply_to)
                case Beat():
                    hub.heartbeat(listener, now_ns=now)
                case Close(code=code, reason=reason):
                    self._outbox.end(code, reason)

    async def _hang_up(self) -> None:
        ending = self._outbox.ending or Ending(NORMAL, "")
        if WebSocketState.DISCONNECTED in (self._websocket.client_state, self._websocket.application_state):
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._websocket.close(ending.code, ending.reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            return  # it has gone by itself, or takes nothing any more

    def _greeting(self, now_ns: Nanos) -> bytes:
        limits = self._setup.limits
        data = {
            "account_id": self._caller.account_id,
            "user": {"id": self._caller.user_id, "username": self._caller.username, "roles": [self._caller.role]},
            "seq": self._setup.hub.private_seq(self._caller.account_id),
            "channels": list(Channel),
            "limits": {
                "subscriptions": limits.subscriptions_max,
                "message_bytes": limits.message_bytes_max,
                "messages_per_second": limits.messages_per_second,
            },
            "heartbeat_interval_ms": limits.heartbeat_ns // 1_000_000,
            "idle_timeout_ms": limits.idle_ns // 1_000_000,
        }
        return message("connected", data, beside={"timestamp": instant_text(now_ns)})
