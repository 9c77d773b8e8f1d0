"""A conversation that listens: what a client says at /ws and /ws/market-data, joined to the hub."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.websockets import WebSocket

from openbell.domain.access import Principal
from openbell.domain.instants import instant_text
from openbell.domain.values import Nanos
from openbell.streaming.group import Group
from openbell.streaming.hub import Hub
from openbell.streaming.line import BAD_CREDENTIALS, Line
from openbell.streaming.listener import Listener
from openbell.streaming.session import (
    TERMINAL,
    Beat,
    Close,
    Grammar,
    Say,
    Session,
    SessionLimits,
    Subscribe,
    Unsubscribe,
)
from openbell.streaming.wire import message


class SocketSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection needs from its surroundings. `is_welcome` tells whether the credentials still hold."""

    hub: Hub
    now_ns: Callable[[], Nanos]
    symbols: Callable[[str], str | None]
    is_welcome: Callable[[], Awaitable[bool]]
    was_welcome: Callable[[], bool] = lambda: False
    """Tells whether that was answered with yes so lately that there is no need to ask."""
    on_lost: Callable[[], Awaitable[None]] | None = None
    """What is done when a connection ends that asked for cancel_on_disconnect; None where the caller may not trade."""
    resume_token: str = ""
    """What the connection may come back with when it breaks off; '' where there is none."""
    limits: SessionLimits = SessionLimits()
    grammar: Grammar = TERMINAL


class Socket:
    """One accepted connection of one caller, or of somebody unknown where there is nothing private to hear."""

    def __init__(self, websocket: WebSocket, *, caller: Principal | None, setup: SocketSetup) -> None:
        self._setup = setup
        self._line = Line(websocket)
        self._session = Session(
            symbols=setup.symbols,
            now_ns=setup.now_ns(),
            limits=setup.limits,
            grammar=setup.grammar,
            may_cancel=lambda: setup.on_lost is not None,
        )
        self._caller = caller
        self._listener = Listener(
            account_id=caller.account_id if caller else "",
            user_id=caller.user_id if caller else "",
            session_id=caller.session_id if caller else "",
            key_id=caller.key_id if caller else "",
            outbox=self._line.outbox,
        )
        self._group: Group | None = None
        self._rounds = 0
        if self._line.fast is not None:
            self._line.fast.on_settled, self._line.fast.on_stalled = self._gather, self._part

    async def run(self, *, from_seq: int | None) -> None:
        """Talk until either side ends it; the listener is gone from the hub afterwards whatever happens."""
        hub, now = self._setup.hub, self._setup.now_ns()
        self._line.outbox.private(self._greeting(now))
        if self._setup.grammar.has_private:
            hub.join(self._listener, from_seq=from_seq, now_ns=now)
        else:
            hub.welcome(self._listener)
        try:
            await self._line.run(self)
        finally:
            hub.leave(self._listener)
            if self._session.cancels_on_disconnect and self._setup.on_lost is not None:
                await self._setup.on_lost()

    async def hear(self, said: str | bytes) -> None:
        """Take one message of the client."""
        self._do(self._session.receive(said, now_ns=self._setup.now_ns()))

    def pulse(self) -> Awaitable[None] | None:
        """Let time pass, and end the connection when its credentials no longer hold or it is too slow."""
        now = self._setup.now_ns()
        if self._group is not None and self._group.rounds != self._rounds:
            self._rounds = self._group.rounds
            self._session.alive(now_ns=now)
        self._setup.hub.pulse(now)
        actions = self._session.pulse(now_ns=now)
        if actions:
            self._do(actions)
        return None if self._setup.was_welcome() else self._check()

    def written(self) -> None:
        """Note a sign of life."""
        self._session.alive(now_ns=self._setup.now_ns())

    async def _check(self) -> None:
        if not await self._setup.is_welcome():
            self._line.outbox.end(BAD_CREDENTIALS, "the credentials no longer hold")

    def _gather(self) -> None:
        """Listen together with those who hear the same, now that nothing waits for this connection alone."""
        fast = self._line.fast
        if self._group is None and fast is not None:
            batch_s = self._line.batch_s
            self._group = self._setup.hub.gathering.gather(self._listener, fast.fan, fast.way, batch_s=batch_s)
            self._rounds = 0 if self._group is None else self._group.rounds

    def _part(self) -> None:
        """Listen alone: the client takes nothing for now, or is about to hear something else."""
        if self._group is not None:
            self._group = None
            self._setup.hub.gathering.part(self._listener)

    def _do(self, actions: list[Say | Subscribe | Unsubscribe | Beat | Close]) -> None:
        hub, listener, now = self._setup.hub, self._listener, self._setup.now_ns()
        for action in actions:
            match action:
                case Say(message=said):
                    listener.outbox.private(said)
                case Subscribe(topics=topics, reply_to=reply_to, from_seq=from_seq, batch_ms=batch_ms):
                    self._part()
                    if batch_ms is not None:
                        self._line.batch_s = batch_ms / 1_000
                    hub.subscribe(listener, topics, from_seq=from_seq, reply_to=reply_to, now_ns=now)
                case Unsubscribe(topics=topics, reply_to=reply_to):
                    self._part()
                    hub.unsubscribe(listener, topics, reply_to=reply_to)
                case Beat():
                    hub.heartbeat(listener, now_ns=now)
                case Close(code=code, reason=reason):
                    listener.outbox.end(code, reason)

    def _greeting(self, now_ns: Nanos) -> bytes:
        limits = self._setup.limits
        data = {
            "channels": list(self._setup.grammar.channels),
            "limits": {
                "subscriptions": limits.subscriptions_max,
                "message_bytes": limits.message_bytes_max,
                "messages_per_second": limits.messages_per_second,
            },
            "heartbeat_interval_ms": limits.heartbeat_ns // 1_000_000,
            "idle_timeout_ms": limits.idle_ns // 1_000_000,
            "resume_token": self._setup.resume_token,
        }
        if self._caller is not None:
            data |= caller_data(self._caller)
            data["seq"] = self._setup.hub.private_seq(self._caller.account_id)
        return message("connected", data, beside={"timestamp": instant_text(now_ns)})


def caller_data(caller: Principal) -> dict[str, object]:
    """Say who is connected."""
    return {
        "account_id": caller.account_id,
        "user": {"id": caller.user_id, "username": caller.username, "roles": [caller.role]},
    }
