"""The short way of an ordinary market order through a backtest: decided, numbered and booked in two strokes.

Placing and accepting it change state at once, and the next bar's open fills it, without the command, the request, the
reports and three of the four events in between, which nobody would read. What decides is the gate; what is booked is
the event that every fill is, folded in as every fill is, at the venue's price and for the venue's fee. So state is at
all times what the long way would have made of it, and anything out of the ordinary goes that one from where it is:
`hand_over` gives the venue what it does not know yet. `tests/property/test_short_way.py` holds both to each other.
"""

from collections.abc import Mapping

from openbell.domain.fill import Liquidity
from openbell.domain.order import Order, OrderStatus, OrderType, Side
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import Nanos, Quantity
from openbell.domain.venue import VenueFilled
from openbell.engine import gate, shape
from openbell.engine.fold_express import fold_accepted, fold_filled, fold_submitted
from openbell.engine.lanes import Lane
from openbell.engine.ledger import MONEY_MAX, filled_event
from openbell.engine.surroundings import Surroundings
from openbell.engine.turn import Turn

_SUBMITTED, _ACCEPTED, _MARKET, _TAKER = (
    OrderStatus.SUBMITTED,
    OrderStatus.ACCEPTED,
    OrderType.MARKET,
    Liquidity.TAKER,
)


class Express:
    """Takes orders that are alone in their lane from a decision to the fill at the next open."""

    __slots__ = ("_around", "_lanes", "_symbols", "_turn", "_under_way", "sent")

    def __init__(self, turn: Turn, lanes: Mapping[str, Lane], around: Surroundings) -> None:
        self._turn = turn
        self._lanes = lanes
        self._around, self._symbols = around, around.sent
        self._under_way: dict[str, Order] = {}
        """The orders that no bar has met yet, by symbol, oldest first."""
        self.sent: list[Order] = []
        """Orders placed in the present step, which the venue has yet to accept: it hears of them when that is over."""

    def place(self, config: StrategyConfig, symbol: str, side: Side, quantity: Quantity) -> str:
        """Place a market order and give its id; "", and nothing done, where it has to go the long way."""
        turn, lane = self._turn, self._lanes.get(symbol)
        # The venue has to have seen a bar, and nothing else may be there, or on its way, for the next one to fill.
        if lane is None or lane.opening is None or lane.orders or lane.express is not None or turn.requests:
            return ""
        account_id, strategy_id, state = config.account_id, config.strategy_id, turn.state
        key = (account_id, strategy_id)
        if key not in turn.deaf or type(quantity) is not int:
            return ""
        instrument, book = turn.settings.instruments[symbol], state.accounts[account_id]
        one = book.ledgers[strategy_id]
        is_refused = shape.refuse_quantity(instrument, quantity) is not None
        if is_refused or not gate.surely_passes(turn, key, book, one, instrument, side, quantity):
            return ""
        order_id, now_ns = "ord-" + str(state.order_count + 1).zfill(12), turn.now_ns
        order = Order(
            order_id=order_id,
            client_order_id=order_id,
            account_id=account_id,
            strategy_id=strategy_id,
            symbol=symbol,
            side=side,
            quantity=quantity,
            order_type=_MARKET,
            limit_price=None,
            stop_price=None,
            time_in_force=lane.time_in_force,
            post_only=False,
            reduce_only=False,
            status=_SUBMITTED,
            created_ns=now_ns,
            updated_ns=now_ns,
            submitted_ns=now_ns,
        )
        fold_submitted(state, book, one, order)
        self._touch(order)
        lane.express = self._under_way[symbol] = order
        self.sent.append(order)
        self._symbols.add(symbol)
        return order_id

    def accept(self) -> None:
        """Let the venue accept what was placed in the step that is over."""
        state = self._turn.state
        for order in self.sent:
            fold_accepted(state, order)
        self.sent.clear()

    def fill(self, lane: Lane, i: int) -> bool:
        """Fill the order of a lane at the open of a bar; False, and the venue has it, where that is not so simple."""
        order, opening, columns = lane.express, lane.opening, lane.cursor.columns
        assert order is not None  # noqa: S101 - asked for only where one is under way
        ts_ns: Nanos = columns.ts_ns.item(i)
        # Where exits wait for an entry, the fill may have to let them out.
        if opening is None or order.created_ns > ts_ns or self._turn.state.held:
            self.hand_over()
            return False
        quantity, price = order.quantity, opening.price(order.side, columns.open.item(i))
        fee = opening.fee(quantity, price)
        if not 0 < price <= MONEY_MAX or quantity > MONEY_MAX or abs(fee) > MONEY_MAX:
            self.hand_over()
            return False
        lane.express = None
        del self._under_way[order.symbol]
        report = VenueFilled(
            order_id=order.order_id,
            venue_fill_id=f"{order.order_id}:{quantity}",
            ts_ns=ts_ns,
            quantity=quantity,
            price=price,
            fee=fee,
            liquidity=_TAKER,
            model=opening.model,
        )
        self._book(order, report, lane.places[i])
        return True

    def hand_over(self) -> None:
        """Give the venue every order that is under way, so that whatever comes next finds all of them there."""
        for symbol, order in self._under_way.items():
            self._lanes[symbol].express = None
            self._around.take_over(gate.admit(self._turn, order, ts_ns=order.created_ns))
        self._under_way.clear()

    def _book(self, order: Order, report: VenueFilled, place: int) -> None:
        turn, symbol = self._turn, order.symbol
        turn.now_ns = report.ts_ns
        mark, instrument = turn.marks.mark(symbol), turn.settings.instruments[symbol]
        event = filled_event(turn.state, instrument, order, report, mark=mark)
        fold_filled(turn.state, event)
        self._touch(order)
        self._around.note_fill(event, place)

    def _touch(self, order: Order) -> None:
        if self._turn.standings.accounts:
            self._turn.standings.touch(order)
