"""The conversation on /ws/trading: sign in, then orders one way and what becomes of them the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from openbell.api.desk.placed_orders import PlacedOrders
from openbell.api.desk.placing import changed_order, placed_order, within
from openbell.api.desk.trading_direct import DirectOrders
from openbell.api.desk.trading_voice import TradingVoice
from openbell.api.desk.trading_words import (
    SCOPES,
    TYPES,
    Said,
    read_authenticate,
    read_cancel,
    read_change,
    read_order,
    read_said,
)
from openbell.api.errors import ApiError, access_refused, too_many, unavailable
from openbell.domain.access import Principal, Scope
from openbell.domain.order import Order
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.services.limiter import Verdict
from openbell.services.orders import Orders
from openbell.services.refused import AccessRefused, Unavailable
from openbell.streaming.hub import Hub
from openbell.streaming.line import BAD_CREDENTIALS, Line
from openbell.streaming.listener import Listener
from openbell.streaming.pace import Pace
from openbell.streaming.session import IDLE, TOO_BIG, TOO_MANY, SessionLimits
from openbell.streaming.topics import Channel
from openbell.streaming.wire import heartbeat

AUTHENTICATE_WITHIN_NS = 10 * NANOS_PER_SECOND
"""How long a connection may stay without saying who it is."""
CANCELS_PER_SECOND, CANCELS_BURST = 100, 1_000
"""A road of their own for cancels: no flood of other messages holds them up."""
UNDER_WAY_MAX = 64
"""Changes and cancels of one connection that wait for the venue at once."""


class TradingSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversation needs from its surroundings.

    `recognise` gives the caller behind an authenticate message or raises AccessRefused or ApiError; `count_order`
    counts an order against its sender's quota, and so does `passes_now` where that needs no waiting; `enter` counts a
    connection of somebody who was unknown at first, and `leave` counts it out.
    """

    hub: Hub
    orders: Orders
    now_ns: Callable[[], Nanos]
    recognise: Callable[[dict[str, Any]], Awaitable[Principal]]
    is_current: Callable[[Principal], Awaitable[bool]]
    count_order: Callable[[Principal], Awaitable[Verdict | None]]
    passes_now: Callable[[Principal], bool]
    enter: Callable[[Principal], bool]
    leave: Callable[[Principal], None]
    resume_token: str = ""
    limits: SessionLimits = SessionLimits()


class TradingTalk:
    """One connection."""

    def __init__(self, line: Line, setup: TradingSetup) -> None:
        now = setup.now_ns()
        self._line = line
        self._voice = TradingVoice(line.outbox, now_ns=setup.now_ns)
        self._setup = setup
        self._listener = Listener(account_id="", user_id="", outbox=line.outbox)
        self._caller: Principal | None = None
        self._pace = Pace(setup.limits.messages_per_second, burst=setup.limits.messages_burst, now_ns=now)
        self._cancels = Pace(CANCELS_PER_SECOND, burst=CANCELS_BURST, now_ns=now)
        self._refusals = 0
        self._began_ns = self._alive_ns = self._beat_ns = now
        self._under_way: set[asyncio.Task[None]] = set()
        self._cancels_in_the_end = False
        self._is_counted = False
        self._placed = PlacedOrders(setup.orders)
        self._direct = DirectOrders(setup.orders, self._voice, self._pace, setup.passes_now, self._remember)

    # -- the beginning and the end -------------------------------------------------------------

    def greet(self) -> None:
        """Say what is expected."""
        self._voice.greet(
            self._setup.limits, authenticate_within_ns=AUTHENTICATE_WITHIN_NS, resume_token=self._setup.resume_token
        )
        self._setup.hub.welcome(self._listener)

    def admit(
        self, caller: Principal, *, from_seq: int | None, cancel_on_disconnect: bool, reply_to: str | int | None
    ) -> None:
        """Take a caller in: acknowledge, show how things stand or what was missed, then whatever follows."""
        now, hub = self._setup.now_ns(), self._setup.hub
        self._caller = caller
        self._cancels_in_the_end = cancel_on_disconnect
        self._listener.account_id, self._listener.user_id = caller.account_id, caller.user_id
        self._listener.session_id, self._listener.key_id = caller.session_id, caller.key_id
        seq = hub.private_seq(caller.account_id)
        self._voice.welcome(caller, seq=seq, cancel_on_disconnect=cancel_on_disconnect, reply_to=reply_to)
        hub.join(self._listener, from_seq=from_seq, now_ns=now, channel=Channel.TRADING)

    async def close(self) -> None:
        """Leave, let what is under way come to its end, and cancel this connection's orders where that was asked."""
        self._setup.hub.leave(self._listener)
        await asyncio.gather(*self._under_way, self._direct.answered(), return_exceptions=True)
        caller = self._caller
        if caller is not None and self._is_counted:
            self._setup.leave(caller)
        if caller is not None and self._cancels_in_the_end:
            await self._placed.cancel(caller)

    # -- what the line asks for ----------------------------------------------------------------

    def hear_at_once(self, said: str) -> bool:
        """Take an order as it arrives, where it is plain; anything else is for `hear`."""
        now = self._setup.now_ns()
        if self._caller is None or not self._direct.take(said, self._caller, now_ns=now):
            return False
        self._alive_ns = now
        return True

    async def hear(self, said: str | bytes) -> None:
        """Take one message of the client."""
        now = self._alive_ns = self._setup.now_ns()
        size = len(said) if isinstance(said, bytes) else len(said.encode("utf-8", "surrogatepass"))
        if size > self._setup.limits.message_bytes_max:
            self._line.outbox.end(TOO_BIG, f"a message may have {self._setup.limits.message_bytes_max} bytes")
            return
        try:
            message = read_said(said)
        except ApiError as error:
            if self._admits(self._pace, now, None):
                self._voice.refuse(error, None)
            return
        if self._admits(self._cancels if message.kind == "cancel_order" else self._pace, now, message.reply_to):
            await self._answer(message)

    async def pulse(self) -> None:
        """Let time pass: heartbeats, silence, credentials that no longer hold."""
        now, limits = self._setup.now_ns(), self._setup.limits
        self._setup.hub.pulse(now)
        if self._caller is None:
            if now - self._began_ns >= AUTHENTICATE_WITHIN_NS:
                self._line.outbox.end(BAD_CREDENTIALS, "nobody has authenticated")
            return
        if now - self._alive_ns >= limits.idle_ns:
            self._line.outbox.end(IDLE, "idle: neither messages nor signs of life")
        elif now - self._beat_ns >= limits.heartbeat_ns:
            self._beat_ns = now
            seq = self._setup.hub.private_seq(self._caller.account_id)
            self._line.outbox.private(heartbeat({Channel.TRADING.word: seq}, now_ns=now))
        if not await self._setup.is_current(self._caller):
            self._line.outbox.end(BAD_CREDENTIALS, "the credentials no longer hold")

    def written(self) -> None:
        """Note a sign of life."""
        self._alive_ns = self._setup.now_ns()

    # -- what the client asks for --------------------------------------------------------------

    async def _answer(self, said: Said) -> None:
        try:
            await self._do(said)
        except ApiError as error:
            self._voice.refuse(error, said.reply_to)
        except AccessRefused as refused:
            self._voice.refuse(access_refused(refused), said.reply_to)
        except Unavailable:
            self._voice.refuse(unavailable(), said.reply_to)

    async def _do(self, said: Said) -> None:
        if said.kind not in SCOPES:
            text = f"There is no type {said.kind[:32]!r}; there are {', '.join(TYPES)}."
            raise ApiError(400, "VALIDATION_ERROR", text)
        scope = SCOPES[said.kind]
        if scope is None:
            await self._talk(said)
        else:
            await self._trade(said, self._allowed(scope))

    async def _talk(self, said: Said) -> None:
        match said.kind:
            case "ping":
                self._voice.pong(said.reply_to)
            case "pong":
                return
            case "authenticate":
                await self._authenticate(said)

    async def _trade(self, said: Said, caller: Principal) -> None:
        match said.kind:
            case "order":
                await self._place(said, caller)
            case "modify_order":
                order_id, change = read_change(said.body)
                await self._later(
                    said,
                    self._setup.orders.modify(
                        order_id,
                        account_id=within(caller),
                        quantity=change.quantity,
                        limit_price=change.price,
                        stop_price=change.stop_price,
                        expected_revision=change.expected_revision,
                        actor=caller.user_id,
                    ),
                    order_id,
                )
            case "cancel_order":
                order_id = read_cancel(said.body)
                wanted = self._setup.orders.cancel(order_id, account_id=within(caller), actor=caller.user_id)
                await self._later(said, wanted, order_id)

    async def _authenticate(self, said: Said) -> None:
        if self._caller is not None:
            raise ApiError(409, "ALREADY_AUTHENTICATED", "This connection has a caller; open another one.")
        wanted = read_authenticate(said.body)
        try:
            caller = await self._setup.recognise(said.body)
        except AccessRefused as refused:
            self._voice.refuse(access_refused(refused), said.reply_to)
            self._line.outbox.end(BAD_CREDENTIALS, "the credentials are not good")
            return
        self._is_counted = self._setup.enter(caller)
        if not self._is_counted:
            self._line.outbox.end(TOO_MANY, "you have as many connections open as you may")
            return
        options = wanted.options
        self.admit(
            caller,
            from_seq=options.from_seq,
            cancel_on_disconnect=options.cancel_on_disconnect,
            reply_to=said.reply_to,
        )

    async def _place(self, said: Said, caller: Principal) -> None:
        body = read_order(said.body)
        verdict = await self._setup.count_order(caller)
        if verdict is not None and not verdict.is_allowed:
            raise too_many(verdict)
        placed = await self._setup.orders.place(
            body.instruction(), account_id=caller.account_id, strategy_id=body.strategy_id, actor=caller.user_id
        )
        order, is_replay = placed_order(placed)
        self._remember(order)
        self._voice.acknowledge(said, order, replayed=is_replay)

    def _remember(self, order: Order) -> None:
        if self._cancels_in_the_end:
            self._placed.add(order)

    async def _later(self, said: Said, wanted: Awaitable[Any], order_id: str) -> None:
        """Answer when the venue has; until then the connection goes on listening."""

        async def work() -> None:
            try:
                order = changed_order(await wanted, order_id)
            except ApiError as error:
                self._voice.refuse(error, said.reply_to)
            except Unavailable:
                self._voice.refuse(unavailable(), said.reply_to)
            else:
                self._voice.acknowledge(said, order, replayed=False)

        task = asyncio.create_task(work())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        if len(self._under_way) > UNDER_WAY_MAX:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    def _allowed(self, scope: Scope) -> Principal:
        """Give the caller, who holds the scope. Raises ApiError."""
        if self._caller is None:
            raise ApiError(401, "UNAUTHORIZED", "Authenticate first.")
        if not self._caller.may(scope):
            raise ApiError(403, "FORBIDDEN", f"This needs the scope {scope.value!r}, which you do not hold.")
        return self._caller

    def _admits(self, pace: Pace, now: Nanos, reply_to: str | int | None) -> bool:
        if pace.admits(now):
            return True
        self._refusals += 1
        if self._refusals > self._setup.limits.refusals_max:
            self._line.outbox.end(TOO_MANY, "too many messages")
        else:
            text = f"{self._setup.limits.messages_per_second} messages a second are allowed; this one was dropped."
            self._voice.refuse(ApiError(429, "RATE_LIMITED", text, retry_after_s=1), reply_to)
        return False
