"""Closing positions: what waits to reduce one makes way, and a market order closes the rest."""

import asyncio
from collections.abc import Sequence

import msgspec

from openbell.domain.order import Instruction, Order, OrderStatus, OrderType, Side
from openbell.domain.position import Position
from openbell.domain.risk import Refusal
from openbell.domain.values import Quantity
from openbell.ports import Trading, Views
from openbell.services.orders import OrderConflict, OrderInFlight, Orders, Placed

FILL_TIMEOUT_S = 1.0
"""Longest wait for the venue's word on a closing order, so that the answer can show it."""


class Closing:
    """Closes positions with reduce-only market orders: they pass kill switches and schedules, and never overshoot."""

    def __init__(self, *, orders: Orders, trading: Trading, views: Views) -> None:
        self._orders = orders
        self._trading = trading
        self._views = views

    async def close(
        self, position_id: str, *, account_id: str, quantity: Quantity | None = None, actor: str
    ) -> Placed | OrderConflict | OrderInFlight | Refusal | None:
        """Close a position, or a part of it; None when the account holds no such position."""
        found = (one for one in self._views.positions(account_id) if one.position_id == position_id)
        position = next(found, None)
        return None if position is None else await self._close(position, quantity, actor)

    async def _close(
        self, position: Position, quantity: Quantity | None, actor: str
    ) -> Placed | OrderConflict | OrderInFlight | Refusal:
        side = Side.SELL if position.quantity > 0 else Side.BUY
        waiting = self._waiting_exits(position, side)
        account_id = position.account_id
        cancels = (self._orders.cancel(one.order_id, account_id=account_id, actor=actor) for one in waiting)
        await asyncio.gather(*cancels)
        placed = await self._orders.place(
            Instruction(
                symbol=position.symbol,
                side=side,
                quantity=abs(position.quantity) if quantity is None else quantity,
                reduce_only=True,
            ),
            account_id=account_id,
            strategy_id=position.strategy_id,
            actor=actor,
        )
        if not isinstance(placed, Placed) or placed.refusal is not None:
            return placed
        await self._trading.settled(placed.order.order_id, timeout_s=FILL_TIMEOUT_S)
        now = self._views.order(placed.order.order_id)
        return placed if now is None else msgspec.structs.replace(placed, order=now)

    def _waiting_exits(self, position: Position, side: Side) -> Sequence[Order]:
        """List the orders that have taken the position's room, or could only reduce it, and do not trade at once.

        A stop that is no larger than the position was let out as one that closes: left over, it would open another.
        """
        held = abs(position.quantity)
        return [
            order
            for order in self._views.open_orders(position.account_id)
            if (order.strategy_id, order.symbol, order.side) == (position.strategy_id, position.symbol, side)
            and (order.reduce_only or order.remaining <= held)
            # One that waits for its entry has taken no room yet, and what that entry brings will need it.
            and order.status is not OrderStatus.NEW
            and order.order_type is not OrderType.MARKET
        ]
