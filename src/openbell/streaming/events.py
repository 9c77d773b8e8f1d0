"""The private stream as server-sent events, for clients that have HTTP and no WebSocket: the same messages, one way."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from openbell.domain.access import Principal
from openbell.domain.instants import instant_text
from openbell.domain.values import Nanos
from openbell.streaming.heart import PULSE_S
from openbell.streaming.hub import RESTARTING, Hub
from openbell.streaming.line import BAD_CREDENTIALS, CLOSE_TIMEOUT_S
from openbell.streaming.listener import Listener
from openbell.streaming.outbox import Ending, Outbox
from openbell.streaming.session import Beat, Close, Session, SessionLimits
from openbell.streaming.socket import caller_data
from openbell.streaming.wire import error, message

MEDIA_TYPE = "text/event-stream"
RETRY_MS = 1_000
"""What a browser is told to wait before it connects again."""
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class _Head(msgspec.Struct):
    """What of a message its event is made from."""

    type: str
    seq: int | None = None
    part: int | None = None
    parts: int | None = None

    @property
    def event_id(self) -> int | None:
        """Number to resume after: an event's own once its last part is there; a resync is whole with its snapshot.

        What concerns every account is told with the number 0, which is none of this account's to go on after.
        """
        is_whole = self.part == self.parts and self.type != "resync"
        return self.seq if is_whole and (self.seq or self.type == "snapshot") else None


_head = msgspec.json.Decoder(_Head).decode


def event(said: bytes, *, event_id: int | None = None) -> bytes:
    r"""Write a message as an event: its type, its number where a client can go on after it, and itself as the data.

    >>> event(b'{"type":"alert","seq":4,"part":1,"parts":1}')
    b'event: alert\nid: 4\ndata: {"type":"alert","seq":4,"part":1,"parts":1}\n\n'
    """
    head = _head(said)
    number = head.event_id if event_id is None else event_id
    name = b"" if number is None else b"id: %d\n" % number
    return b"event: %s\n%sdata: %s\n\n" % (head.type.encode(), name, said)


class EventSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream needs from its surroundings. `is_welcome` tells whether the credentials still hold."""

    hub: Hub
    now_ns: Callable[[], Nanos]
    is_welcome: Callable[[], Awaitable[bool]]
    limits: SessionLimits = SessionLimits()
    batch_s: float = 0
    """How long events are collected before they are written together."""


class EventStream(Response):
    """One caller's private stream as an answer that ends when either side ends it.

    `counted` is entered while the stream lasts; it may refuse by raising before anything is written.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, caller: Principal, *, from_seq: int | None, setup: EventSetup, counted: AbstractContextManager[None]
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._caller = caller
        self._from_seq = from_seq
        self._setup = setup
        self._counted = counted
        self._session = Session(symbols=lambda _: None, now_ns=setup.now_ns(), limits=setup.limits)
        self._ready = asyncio.Event()
        self._outbox = Outbox(wake=self._ready.set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        del scope
        hub, caller = self._setup.hub, self._caller
        listener = Listener(
            account_id=caller.account_id,
            user_id=caller.user_id,
            session_id=caller.session_id,
            key_id=caller.key_id,
            outbox=self._outbox,
        )
        with self._counted:
            greeting = self._greeting()
            hub.join(listener, from_seq=self._from_seq, now_ns=self._setup.now_ns())
            try:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await _piece(send, greeting)
                await self._talk(listener, receive, send)
            finally:
                hub.leave(listener)

    async def _talk(self, listener: Listener, receive: Receive, send: Send) -> None:
        steps = (self._write(send), self._watch(listener), _gone(receive))
        tasks = [asyncio.create_task(step) for step in steps]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._end(send)
        for task in done:
            task.result()

    async def _write(self, send: Send) -> None:
        """Write what waits. A client that does not read holds up this task and nobody else."""
        while self._outbox.ending is None or self._outbox.waiting:
            await self._ready.wait()
            await asyncio.sleep(self._setup.batch_s)
            self._ready.clear()
            while waiting := self._outbox.take():
                self._outbox.passed_over()  # until what was taken is out
                await _piece(send, b"".join(event(one) for one in waiting))
                self._session.alive(now_ns=self._setup.now_ns())

    async def _watch(self, listener: Listener) -> None:
        hub, outbox = self._setup.hub, self._outbox
        while outbox.ending is None:
            await asyncio.sleep(PULSE_S)
            now = self._setup.now_ns()
            hub.pulse(now)
            for action in self._session.pulse(now_ns=now):
                match action:
                    case Beat():
                        hub.heartbeat(listener, now_ns=now)
                    case Close(code=code, reason=reason):
                        outbox.end(code, reason)
                    case _:
                        pass
            if not await self._setup.is_welcome():
                outbox.end(BAD_CREDENTIALS, "the credentials no longer hold")
        # The writer may be held up by a client that does not read: give it a moment, then end without it.
        await asyncio.sleep(CLOSE_TIMEOUT_S)

    async def _end(self, send: Send) -> None:
        """Say why the stream ends and finish the answer, if the client still takes anything."""
        ending = self._outbox.ending
        last = b"" if ending is None else self._goodbye(ending)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await send({"type": "http.response.body", "body": last, "more_body": False})

    def _goodbye(self, ending: Ending) -> bytes:
        if ending.code == RESTARTING:  # the hub has said so to everybody
            return b""
        code = "UNAUTHORIZED" if ending.code == BAD_CREDENTIALS else "CONNECTION_LOST"
        return event(error(code, ending.reason, now_ns=self._setup.now_ns()))

    def _greeting(self) -> bytes:
        setup, seq = self._setup, self._setup.hub.private_seq(self._caller.account_id)
        limits = setup.limits
        data = caller_data(self._caller) | {
            "seq": seq,
            "heartbeat_interval_ms": limits.heartbeat_ns // 1_000_000,
            "idle_timeout_ms": limits.idle_ns // 1_000_000,
        }
        said = message("connected", data, beside={"timestamp": instant_text(setup.now_ns())})
        # With events to be replayed first, this number is not yet one to go on after.
        return b"retry: %d\n\n" % RETRY_MS + event(said, event_id=seq if self._from_seq is None else None)


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
