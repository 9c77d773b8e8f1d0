"""Money by its definitions, in fractions and from the orders themselves: slow, and independent of the engine's sums."""

import math
from collections import Counter
from fractions import Fraction

from openbell.domain.instrument import Contract
from openbell.domain.order import Side
from openbell.domain.values import SCALE


def half_away(exact):
    """Round to a whole step, halves away from zero."""
    return int(math.copysign(1, exact)) * math.floor(abs(exact) + Fraction(1, 2)) if exact else 0


def value(instrument, quantity, price):
    """Signed worth: quantity × price × multiplier, or less the more it costs where it is paid in coins."""
    if instrument.contract is Contract.INVERSE:
        return -half_away(Fraction(quantity * instrument.multiplier, price))
    return half_away(Fraction(half_away(Fraction(quantity * price, SCALE)) * instrument.multiplier, SCALE))


class Books:
    """What an account, or one of its ledgers, is worth and needs, counted from the positions and orders in a state."""

    def __init__(self, bench, strategy_id=None, *, without=None):
        self.bench, self.strategy_id = bench, strategy_id
        book = bench.book
        self.ledgers = [one for key, one in book.ledgers.items() if strategy_id in (None, key)]
        self.orders = [
            order
            for order in bench.state.orders.values()
            if order.is_open
            and order.status != "NEW"
            and order is not without
            and strategy_id in (None, order.strategy_id)
        ]

    def in_base(self, amount, currency):
        rates = {"USD": SCALE, **self.bench.settings.fx_rates}
        return amount if currency == "USD" else half_away(Fraction(amount * rates[currency], SCALE))

    def held(self, symbol):
        held = [one.positions[symbol] for one in self.ledgers if symbol in one.positions]
        return sum(one.quantity for one in held), sum(one.cost for one in held)

    def equity(self):
        cash = Counter()
        for one in self.ledgers:
            cash.update(one.ledger.cash)
        paid = sum(self.in_base(amount, currency) for currency, amount in cash.items())
        return paid + sum(self.worth(symbol) for symbol in self.bench.settings.instruments)

    def worth(self, symbol):
        instrument, (quantity, cost) = self.bench.settings.instruments[symbol], self.held(symbol)
        now = value(instrument, quantity, self.bench.core.marks.mark(symbol)) if quantity else 0
        return self.in_base(now - cost if instrument.is_margined else now, instrument.currency)

    def sides(self, symbol, strategy_id, more):
        """(quantity, price) of what a ledger may still trade, by side; what only closes adds nothing."""
        left = {Side.BUY: [], Side.SELL: []}
        for order in (*self.orders, *more):
            if order.symbol == symbol and order.strategy_id == strategy_id and not order.reduce_only:
                change = self.bench.state.changes.get(order.order_id)
                prices = [order.limit_price or order.stop_price or 0]
                quantity = order.quantity
                if change is not None:
                    quantity = max(quantity, change.quantity)
                    prices.append(change.limit_price or change.stop_price or 0)
                price = max(prices) or self.bench.core.marks.mark(symbol)
                left[order.side].append((max(quantity - order.filled_quantity, 0), price))
        return left

    def margin(self, symbol, more=()):
        """What the larger side needs: any of the ledgers may close, so none counts against another."""
        instrument, mark = self.bench.settings.instruments[symbol], self.bench.core.marks.mark(symbol)
        is_inverse = instrument.contract is Contract.INVERSE
        longest = shortest = 0
        for one in self.ledgers:
            held = one.positions[symbol].quantity if symbol in one.positions else 0
            left = self.sides(symbol, one.ledger.strategy_id, more)
            held, (buys, sells) = (
                held * (1 if is_inverse else mark),
                (sum(n * (1 if is_inverse else price) for n, price in left[side]) for side in (Side.BUY, Side.SELL)),
            )
            longest, shortest = longest + max(held + buys, 0), shortest + max(sells - held, 0)
        worst = max(longest, shortest)
        worst = abs(value(instrument, worst, mark)) if is_inverse else math.ceil(Fraction(worst, SCALE))
        return self.in_base(math.ceil(Fraction(worst * instrument.initial_margin, SCALE)), instrument.currency)

    def free_with(self, order):
        """Equity less what all orders and this one need, less its fee."""
        instrument = self.bench.settings.instruments[order.symbol]
        price = order.limit_price or order.stop_price or self.bench.core.marks.mark(order.symbol)
        rate = self.bench.settings.fee_rates.get(order.symbol, 0)
        fee = math.ceil(Fraction(abs(value(instrument, order.remaining, price)) * rate, SCALE))
        needed = sum(self.margin(symbol, [order]) for symbol in self.bench.settings.instruments)
        return self.equity() - needed - self.in_base(fee, instrument.currency)

    def closable(self, order):
        """How much an order may trade and only bring its position nearer to zero, those that work having gone first."""
        quantity, _ = self.held(order.symbol)
        left = -quantity if order.side is Side.BUY else quantity
        for other in self.orders:
            if other.symbol == order.symbol and other.side is order.side and other.reduce_only >= order.reduce_only:
                change = self.bench.state.changes.get(other.order_id)
                most = max(other.quantity, change.quantity) if change is not None else other.quantity
                left -= max(most - other.filled_quantity, 0)
        return max(left, 0)
