"""Orders of one connection taken as they arrive: no task waits for any of them, their answers come by callback."""

import asyncio
from collections.abc import Callable

from openbell.api.desk.placing import placed_order
from openbell.api.desk.plain_order import PlainOrder, read_plain
from openbell.api.desk.trading_voice import TradingVoice
from openbell.api.desk.trading_words import Said
from openbell.api.errors import ApiError, unavailable
from openbell.domain.access import Principal, Scope
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.services.orders import Became, Orders
from openbell.services.refused import Unavailable
from openbell.streaming.pace import Pace

UNANSWERED_MAX = 256
"""Orders of one connection that may wait for their commit; further ones are read when those are answered."""
CHARACTERS_MAX = 4_096
"""Longest message that is read as it arrives."""


class DirectOrders:
    """Places orders and answers each once it is durable, in the order in which they came."""

    def __init__(
        self,
        orders: Orders,
        voice: TradingVoice,
        pace: Pace,
        passes: Callable[[Principal], bool],
        on_placed: Callable[[Order], None],
    ) -> None:
        self._orders = orders
        self._voice = voice
        self._pace = pace
        self._passes = passes
        self._on_placed = on_placed
        self._unanswered = 0
        self._none_waits = asyncio.Event()
        self._none_waits.set()

    def take(self, text: str, caller: Principal, *, now_ns: Nanos) -> bool:
        """Place an order. False, and nothing done or counted, for whatever takes longer or is not an order."""
        if self._unanswered >= UNANSWERED_MAX or len(text) > CHARACTERS_MAX or not caller.may(Scope.TRADE):
            return False
        order = read_plain(text)
        if order is None or not self._can_begin(order, caller):
            return False
        if not self._pace.would_admit(now_ns) or not self._passes(caller):
            return False
        self._pace.admits(now_ns)
        self._begin(order, caller)
        return True

    async def answered(self) -> None:
        """Wait until every order that was taken has been answered."""
        await self._none_waits.wait()

    def _can_begin(self, order: PlainOrder, caller: Principal) -> bool:
        """Tell whether nothing has to be waited for: an id of the client's own may be that of an earlier order."""
        named = order.instruction.client_order_id
        return named is None or self._orders.is_new(caller.account_id, named)

    def _begin(self, order: PlainOrder, caller: Principal) -> None:
        said = Said("order", order.reply_to, {})

        def answered(placed: Became) -> None:
            self._unanswered -= 1
            if not self._unanswered:
                self._none_waits.set()
            self._answer(said, placed)

        self._unanswered += 1
        self._none_waits.clear()
        try:
            self._orders.begin(
                order.instruction,
                account_id=caller.account_id,
                actor=caller.user_id,
                strategy_id=order.strategy_id,
                answered=answered,
            )
        except Unavailable as outage:
            answered(outage)

    def _answer(self, said: Said, placed: Became) -> None:
        if isinstance(placed, Unavailable):
            self._voice.refuse(unavailable(), said.reply_to)
            return
        try:
            order, is_replay = placed_order(placed)
        except ApiError as error:
            self._voice.refuse(error, said.reply_to)
        else:
            self._on_placed(order)
            self._voice.acknowledge(said, order, replayed=is_replay)
