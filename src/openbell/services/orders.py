"""Orders: place once and only once, modify, cancel, list and get."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from openbell.domain.account import MANUAL, Mode
from openbell.domain.commands import CancelOrder, ModifyOrder, PlaceOrder
from openbell.domain.order import Instruction, Order, OrderStatus
from openbell.domain.preview import Preview
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.values import Price, Quantity
from openbell.ports import (
    ClientIds,
    History,
    Market,
    OrderEntry,
    OrderFilter,
    Outcome,
    Page,
    Rehearsal,
    Unavailable,
    Views,
)
from openbell.services.order_replay import differences

__all__ = ["Became", "Changed", "OrderConflict", "OrderFilter", "OrderInFlight", "Orders", "Placed", "Preview"]

SETTLE_TIMEOUT_S = 1.0
"""Longest wait for the outcome of a cancel or a change, so that the answer can show it."""


class Placed(msgspec.Struct, frozen=True):
    """An order that is on record: just now or, when `is_replay`, by an earlier request with the same content.

    `refusal` says why our risk checks denied it.
    """

    order: Order
    is_replay: bool = False
    refusal: Refusal | None = None


class OrderConflict(msgspec.Struct, frozen=True):
    """The client order id belongs to another order; `fields` are those in which it differs."""

    order: Order
    fields: tuple[str, ...]


class OrderInFlight(msgspec.Struct, frozen=True):
    """The first request with this client order id has not been answered yet."""

    client_order_id: str


class Changed(msgspec.Struct, frozen=True):
    """An order after a request to change or cancel it."""

    order: Order


Became: TypeAlias = Placed | OrderConflict | Refusal | Unavailable
"""What has become of an order; Unavailable when it could not be made durable."""
OnPlaced: TypeAlias = Callable[[Became], None]
"""Told what became of an order."""


class Orders:
    """The orders of everybody. `account_id` is whose orders may be touched or seen; None is everybody's."""

    def __init__(
        self,
        *,
        trading: OrderEntry,
        views: Views,
        history: History,
        market: Market,
        new_id: Callable[[], str],
        rehearsal: Rehearsal,
        client_ids: ClientIds,
    ) -> None:
        self._trading = trading
        self._views = views
        self._history = history
        self._market = market
        self._new_id = new_id
        self._rehearsal = rehearsal
        self._client_ids = client_ids
        self._in_flight: set[tuple[str, str]] = set()

    async def place(
        self,
        instruction: Instruction,
        *,
        account_id: str,
        strategy_id: str = MANUAL,
        actor: str = "",
        mode: Mode | None = None,
    ) -> Placed | OrderConflict | OrderInFlight | Refusal:
        """Place an order; returns once it is durable. The same client order id never makes a second order."""
        instrument = self._market.instrument(instruction.symbol)
        if instrument is None:
            return _unknown_symbol(instruction)
        wanted = msgspec.structs.replace(
            instruction,
            symbol=instrument.symbol,
            client_order_id=instruction.client_order_id or self._new_id(),
        )
        key = (account_id, str(wanted.client_order_id))
        if key in self._in_flight:
            return OrderInFlight(key[1])
        self._in_flight.add(key)
        try:
            # An id that was just minted cannot have been used before, nor one that is known to be new.
            may_be_used = bool(instruction.client_order_id) and not self._client_ids.is_new(*key)
            earlier = await self._history.order_by_client_id(*key) if may_be_used else None
            if earlier is not None:
                return self._replay(earlier, wanted, strategy_id)
            return await self._submit(wanted, account_id=account_id, strategy_id=strategy_id, actor=actor, mode=mode)
        finally:
            self._in_flight.discard(key)

    def is_new(self, account_id: str, client_order_id: str) -> bool:
        """Tell whether an account has surely not used an id before; where that has to be looked up it is not sure."""
        is_free = (account_id, client_order_id) not in self._in_flight
        return is_free and self._client_ids.is_new(account_id, client_order_id)

    def begin(
        self, instruction: Instruction, *, account_id: str, actor: str, strategy_id: str, answered: OnPlaced
    ) -> None:
        """Place an order that has no client order id yet, or one that `is_new`.

        The callback runs when `place` would return. Raises Unavailable, and calls nobody, where nothing was decided.
        """
        instrument = self._market.instrument(instruction.symbol)
        if instrument is None:
            answered(_unknown_symbol(instruction))
            return
        client_order_id = instruction.client_order_id or self._new_id()
        wanted = msgspec.structs.replace(instruction, symbol=instrument.symbol, client_order_id=client_order_id)
        command = PlaceOrder(
            ts_ns=self._trading.now_ns(),
            account_id=account_id,
            strategy_id=strategy_id,
            instruction=wanted,
            actor=actor,
        )
        key = (account_id, client_order_id)

        def told(outcome: Outcome | Unavailable) -> None:
            self._in_flight.discard(key)
            answered(self._placed(outcome, command))

        self._in_flight.add(key)
        try:
            self._trading.begin(command, told)
        except Unavailable:
            self._in_flight.discard(key)
            raise

    async def preview(
        self, instruction: Instruction, *, account_id: str, strategy_id: str = MANUAL, mode: Mode | None = None
    ) -> Preview:
        """Say what would become of an order, were it placed now; nothing is left behind. Raises Unavailable."""
        instrument = self._market.instrument(instruction.symbol)
        if instrument is not None:
            instruction = msgspec.structs.replace(instruction, symbol=instrument.symbol)
        client_order_id = instruction.client_order_id
        earlier = await self._history.order_by_client_id(account_id, client_order_id) if client_order_id else None
        if earlier is not None:
            text = f"client_order_id {client_order_id} belongs to {earlier.order_id} already"
            return Preview(refusal=Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, text, "client_order_id"))
        command = PlaceOrder(
            ts_ns=self._trading.now_ns(),
            account_id=account_id,
            strategy_id=strategy_id,
            instruction=instruction,
            mode=mode,
        )
        return self._rehearsal.preview(command)

    async def modify(
        self,
        order_id: str,
        *,
        account_id: str | None,
        quantity: Quantity | None = None,
        limit_price: Price | None = None,
        stop_price: Price | None = None,
        expected_revision: int | None = None,
        actor: str = "",
    ) -> Changed | Refusal | None:
        """Change a working order and wait for the venue's word; a refused change leaves it as it was."""
        order = await self.get(order_id, account_id=account_id)
        if order is None:
            return None
        outcome = await self._trading.submit(
            ModifyOrder(
                ts_ns=self._trading.now_ns(),
                account_id=order.account_id,
                order_id=order_id,
                quantity=quantity,
                limit_price=limit_price,
                stop_price=stop_price,
                expected_revision=expected_revision,
                actor=actor,
            )
        )
        return outcome.refusal or await self._settled(order_id)

    async def cancel(self, order_id: str, *, account_id: str | None, actor: str = "") -> Changed | Refusal | None:
        """Cancel a working order and wait up to a second for the outcome. Asking again is harmless."""
        order = await self.get(order_id, account_id=account_id)
        if order is None:
            return None
        if order.status is OrderStatus.CANCELED:
            return Changed(order)
        outcome = await self._trading.submit(
            CancelOrder(ts_ns=self._trading.now_ns(), account_id=order.account_id, order_id=order_id, actor=actor)
        )
        return outcome.refusal or await self._settled(order_id)

    def is_open(self, order_id: str) -> bool:
        """Tell whether an order may still trade; one that is not in memory any more may not."""
        order = self._views.order(order_id)
        return order is not None and order.is_open

    async def get(self, order_id: str, *, account_id: str | None) -> Order | None:
        """Give one order, however old; None also for somebody else's."""
        order = self._views.order(order_id) or await self._history.order(order_id)
        if order is None or (account_id is not None and order.account_id != account_id):
            return None
        return order

    async def list(self, wanted: OrderFilter, *, mode: Mode | None = None) -> Page:
        """List orders, newest first; those of a mode are those of the accounts that trade in it."""
        if mode is not None:
            trading = frozenset(one.account_id for one in self._views.accounts() if one.mode is mode)
            wanted = msgspec.structs.replace(wanted, accounts=trading)
        symbol = self._canonical(wanted.symbol)
        return await self._history.orders(msgspec.structs.replace(wanted, symbol=symbol))

    async def fills(self, wanted: OrderFilter) -> Page:
        """List fills, newest first."""
        return await self._history.fills(msgspec.structs.replace(wanted, symbol=self._canonical(wanted.symbol)))

    async def _submit(
        self, wanted: Instruction, *, account_id: str, strategy_id: str, actor: str, mode: Mode | None
    ) -> Placed | OrderConflict | Refusal:
        outcome = await self._trading.submit(
            PlaceOrder(
                ts_ns=self._trading.now_ns(),
                account_id=account_id,
                strategy_id=strategy_id,
                instruction=wanted,
                actor=actor,
                mode=mode,
            )
        )
        refusal = outcome.refusal
        if refusal is not None and refusal.code is RefusalCode.DUPLICATE_CLIENT_ORDER_ID:
            # Another process, or a strategy, was faster than our look into the history.
            earlier = await self._history.order_by_client_id(account_id, str(wanted.client_order_id))
            return refusal if earlier is None else self._replay(earlier, wanted, strategy_id)
        order = await self.get(outcome.subject_id, account_id=account_id) if outcome.subject_id else None
        if order is None:
            return refusal or Refusal(RefusalCode.INVALID_ORDER, "the order was not recorded")
        return Placed(order, refusal=refusal)

    def _placed(self, outcome: Outcome | Unavailable, command: PlaceOrder) -> Became:
        if isinstance(outcome, Unavailable):
            return outcome
        order, refusal = self._views.order(outcome.subject_id), outcome.refusal
        if order is None:
            return refusal or Refusal(RefusalCode.INVALID_ORDER, "the order was not recorded")
        if refusal is not None and refusal.code is RefusalCode.DUPLICATE_CLIENT_ORDER_ID:
            # A strategy was faster: its order is on record by now, as the refusal has waited behind it.
            return self._replay(order, command.instruction, command.strategy_id)
        return Placed(order, refusal=refusal)

    def _replay(self, earlier: Order, wanted: Instruction, strategy_id: str) -> Placed | OrderConflict:
        fields = differences(earlier, wanted, strategy_id)
        if fields:
            return OrderConflict(earlier, fields)
        return Placed(self._views.order(earlier.order_id) or earlier, is_replay=True)

    async def _settled(self, order_id: str) -> Changed | None:
        await self._trading.settled(order_id, timeout_s=SETTLE_TIMEOUT_S)
        order = await self.get(order_id, account_id=None)
        return None if order is None else Changed(order)

    def _canonical(self, symbol: str | None) -> str | None:
        instrument = self._market.instrument(symbol) if symbol else None
        return symbol if instrument is None else instrument.symbol


def _unknown_symbol(instruction: Instruction) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_SYMBOL, f"there is no instrument {instruction.symbol!r}", "symbol")
