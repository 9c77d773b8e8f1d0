"""Emergency stop: latch the kill switch, cancel everything, flatten if asked, and say what became of each order."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.commands import PlaceOrder, SetKillSwitch
from openbell.domain.instrument import Instrument
from openbell.domain.order import Instruction, Order, OrderStatus, OrderType, Side
from openbell.domain.position import Position
from openbell.domain.risk import KillScope, Refusal
from openbell.domain.values import SCALE, Nanos, Quantity
from openbell.ports import Market, Trading, Unavailable, Views

WAIT_S = 5.0
"""Longest wait for cancels, and again for the orders that flatten."""
LOOK_S = 0.02
PIECES_MAX = 50
"""Orders that one position is flattened in at most; each is as large as the limits let through."""
NOTIONAL_MARGIN = SCALE * 95 // 100
"""Part of the largest worth of an order that a piece uses, as the price may move before it is checked."""


class StoppedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A working order and what became of it: canceled, filled, ended (another way), or outstanding."""

    order: Order
    outcome: str


class Flattening(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of a position that was to be closed: its order, or why there is none."""

    position: Position
    order: Order | None
    refusal: Refusal | None = None
    reason: str = ""

    @property
    def outcome(self) -> str:
        """What became of it: filled, outstanding, ended (another way) or refused."""
        if self.order is None or self.order.status is OrderStatus.DENIED:
            return "refused"
        if self.order.is_open:
            return "outstanding"
        return "filled" if self.order.status is OrderStatus.FILLED else "ended"


class StopReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an emergency stop did."""

    scope: KillScope
    was_active: bool
    """The switch had been latched before, so that this call added nothing to it."""
    activated_ns: Nanos
    reason: str
    strategy_ids: list[str]
    """Strategies within the scope."""
    orders: list[StoppedOrder]

    @property
    def outstanding(self) -> list[str]:
        """Ids of orders whose cancel is not known yet."""
        return [one.order.order_id for one in self.orders if one.outcome == "outstanding"]


class Emergency:
    """Stops everything for an admin, and their own account for everybody else. Doing it twice is harmless."""

    def __init__(self, *, trading: Trading, views: Views, market: Market) -> None:
        self._trading = trading
        self._views = views
        self._market = market
        self._flattening = asyncio.Lock()

    async def stop(self, *, caller: Principal, reason: str) -> StopReport | Refusal:
        """Latch, cancel, and wait until each cancel is known, for 5 seconds at most.

        Raises Unavailable when the latch cannot be made durable.
        """
        scope, target = self._reach(caller)
        was_active = self._since(target) is not None
        orders = {order.order_id: order for order in self._working(target)}
        now = self._trading.now_ns()
        outcome = await self._trading.submit(
            SetKillSwitch(ts_ns=now, scope=scope, target=target, is_active=True, reason=reason, actor=caller.user_id)
        )
        if outcome.refusal is not None:
            return outcome.refusal
        # Orders that were decided and not yet committed when we first looked.
        orders |= {order.order_id: order for order in self._working(target)}
        await asyncio.gather(*(self._trading.settled(order_id, timeout_s=WAIT_S) for order_id in orders))
        stopped = [self._stopped(order) for order in orders.values()]
        since = self._since(target) or now
        return StopReport(
            scope=scope,
            was_active=was_active,
            activated_ns=since,
            reason=reason,
            strategy_ids=sorted({one.config.strategy_id for one in self._views.strategies(target or None)}),
            orders=stopped,
        )

    async def flatten(self, *, caller: Principal) -> list[Flattening]:
        """Close every position at market with orders that only reduce, and wait for them for 5 seconds at most."""
        _, target = self._reach(caller)
        # One at a time: a second call meanwhile finds the positions gone, or orders that are closing them.
        async with self._flattening:
            placed = [
                piece
                for account_id in self._accounts(target)
                for position in list(self._views.positions(account_id))
                for piece in await self._close(position, caller)
            ]
            await self._ended([one.order for one in placed if one.order is not None])
        return [self._now(one) for one in placed]

    @staticmethod
    def _reach(caller: Principal) -> tuple[KillScope, str]:
        return (KillScope.GLOBAL, "") if caller.role is Role.ADMIN else (KillScope.ACCOUNT, caller.account_id)

    def _stopped(self, before: Order) -> StoppedOrder:
        order = self._views.order(before.order_id) or before
        if order.is_open:
            return StoppedOrder(order=order, outcome="outstanding")
        names = {OrderStatus.CANCELED: "canceled", OrderStatus.FILLED: "filled"}
        return StoppedOrder(order=order, outcome=names.get(order.status, "ended"))

    def _working(self, target: str) -> Iterator[Order]:
        for account_id in self._accounts(target):
            yield from self._views.open_orders(account_id)

    def _accounts(self, target: str) -> Sequence[str]:
        return [target] if target else [account.account_id for account in self._views.accounts()]

    def _since(self, target: str) -> Nanos | None:
        return next((s.activated_ns for s in self._views.kill_switches() if s.target == target), None)

    # -- flattening ----------------------------------------------------------------------------

    async def _close(self, position: Position, caller: Principal) -> list[Flattening]:
        instrument = self._market.instrument(position.symbol)
        if instrument is None:
            return [Flattening(position=position, order=None, reason="the instrument is no longer known")]
        held = msgspec.structs.replace(position)
        left, placed = abs(held.quantity) - self._closing(held), list[Flattening]()
        while left > 0 and len(placed) < PIECES_MAX:
            piece = await self._place(held, self._piece(held, instrument, left), caller)
            placed.append(piece)
            if piece.order is None:
                break
            left -= piece.order.quantity
        return placed

    async def _place(self, position: Position, quantity: Quantity, caller: Principal) -> Flattening:
        instruction = Instruction(
            symbol=position.symbol,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=quantity,
            order_type=OrderType.MARKET,
            reduce_only=True,
        )
        command = PlaceOrder(
            ts_ns=self._trading.now_ns(),
            account_id=position.account_id,
            strategy_id=position.strategy_id,
            instruction=instruction,
            actor=caller.user_id,
        )
        try:
            outcome = await self._trading.submit(command)
        except Unavailable as outage:
            return Flattening(position=position, order=None, reason=str(outage))
        if outcome.refusal is not None:
            return Flattening(position=position, order=None, refusal=outcome.refusal, reason=outcome.refusal.message)
        return Flattening(position=position, order=self._views.order(outcome.subject_id))

    def _piece(self, position: Position, instrument: Instrument, left: Quantity) -> Quantity:
        """Give as much as one order may have, on the lot."""
        limits = self._views.limits(position.account_id)
        most = min(left, instrument.quantity_max, limits.order_quantity_max or left)
        mark = self._market.mark(position.symbol)
        if limits.order_notional_max is not None and mark:
            worth_of_lot = instrument.notional(instrument.lot_size, mark)
            account = self._views.account(position.account_id)
            rate = self._views.rate(instrument.currency, account.base_currency if account else instrument.currency)
            per_lot = max(1, worth_of_lot * rate // SCALE)
            lots = limits.order_notional_max * NOTIONAL_MARGIN // SCALE // per_lot
            most = min(most, lots * instrument.lot_size)
        return max(most - most % instrument.lot_size, instrument.lot_size) if most < left else left

    def _closing(self, position: Position) -> Quantity:
        """Give what open orders of the position's ledger are closing already."""
        return sum(
            order.remaining
            for order in self._views.open_orders(position.account_id)
            if order.strategy_id == position.strategy_id and order.symbol == position.symbol and order.reduce_only
        )

    async def _ended(self, orders: Iterable[Order]) -> None:
        waiting = {order.order_id for order in orders}
        for _ in range(int(WAIT_S / LOOK_S)):
            waiting = {one for one in waiting if (order := self._views.order(one)) is not None and order.is_open}
            if not waiting:
                return
            await asyncio.sleep(LOOK_S)

    def _now(self, one: Flattening) -> Flattening:
        if one.order is None:
            return one
        return msgspec.structs.replace(one, order=self._views.order(one.order.order_id) or one.order)
