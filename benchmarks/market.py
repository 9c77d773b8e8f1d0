"""The market side of the core: candles, order books and the simulated venue, in processor time and without any I/O."""

import random
from itertools import count as numbers

from core import BTC, PRICE, QUANTITY, SYMBOL, TICK, Work, cost, quote, rate
from figures import Figure, Size, main

from openbell.domain.market import BookDelta, BookSnapshot, Timeframe, Trade
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.domain.venue import Admitted, CancelRequest
from openbell.engine.book import OrderBook
from openbell.engine.candles import CandleBuilder
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.priority_book import BookOrder, PriorityBook
from openbell.engine.matching.profile import IDEAL
from openbell.engine.matching.venue import SimulatedVenue


def trades(count: int) -> list[Trade]:
    """Give trades on a random walk, ten a second."""
    chance, price, made = random.Random(7), PRICE, []
    for place in range(count):
        price += chance.randrange(-5, 6) * TICK
        made.append(Trade(SYMBOL, place * NANOS_PER_SECOND // 10, price, QUANTITY))
    return made


def candles(count: int) -> Work:
    """Ticks into seven time frames; finished bars come out."""
    builder, ticks = CandleBuilder([SYMBOL], tuple(Timeframe)), trades(count)

    def work() -> None:
        finished = sum(len(builder.add(tick)) for tick in ticks)
        assert finished >= count // 10 - 1

    return work


def shown_candles(count: int) -> Work:
    """Ticks into seven time frames; after each tick all seven open bars are shown as well."""
    builder, ticks = CandleBuilder([SYMBOL], tuple(Timeframe)), trades(count)

    def work() -> None:
        for tick in ticks:
            assert len(builder.on_trade(tick)) >= 7

    return work


def level_book(count: int) -> Work:
    """Changes of one level each, around a book of 200 levels a side."""
    chance, book = random.Random(7), OrderBook(SYMBOL)
    bids = tuple((PRICE - place * TICK, SCALE) for place in range(1, 201))
    asks = tuple((PRICE + place * TICK, SCALE) for place in range(1, 201))
    book.apply(BookSnapshot(SYMBOL, 0, 0, bids, asks))
    deltas = []
    for sequence in range(1, count + 1):
        level = (PRICE - chance.randrange(1, 201) * TICK, chance.choice((0, SCALE, 2 * SCALE)))
        deltas.append(BookDelta(SYMBOL, sequence, sequence, sequence, (level,), ()))

    def work() -> None:
        for delta in deltas:
            book.apply(delta)
        assert book.sequence == count

    return work


def order_book(count: int) -> Work:
    """Orders of our own matched by price and time: of four operations two rest an order, one trades, one takes back."""
    chance, book, ids = random.Random(7), PriorityBook(), numbers()
    orders = []
    for _ in range(count // 4):
        side = chance.choice((Side.BUY, Side.SELL))
        price = PRICE - side.sign * chance.randrange(1, 20) * TICK
        orders.append((side, price))

    def work() -> None:
        for side, price in orders:
            first, second = str(next(ids)), str(next(ids))
            book.add(BookOrder(order_id=first, side=side, quantity=SCALE, limit=price))
            book.add(BookOrder(order_id=second, side=side, quantity=SCALE, limit=price))
            against = Side.SELL if side is Side.BUY else Side.BUY
            book.add(BookOrder(order_id=str(next(ids)), side=against, quantity=SCALE))
            book.cancel(second)

    return work


def venue_requests(count: int) -> Work:
    """Orders that rest at the simulated venue and are taken back."""
    venue = SimulatedVenue({SYMBOL: BTC}, IDEAL, flat_fees(SCALE // 1_000))
    venue.observe(quote(0))
    orders = [admitted(place) for place in range(count // 2)]

    def work() -> None:
        for order in orders:
            venue.request(order)
            assert venue.request(CancelRequest(order_id=order.order_id, ts_ns=order.ts_ns))

    return work


def venue_quotes(count: int) -> Work:
    """Quotes at the simulated venue while ten orders rest there."""
    venue = SimulatedVenue({SYMBOL: BTC}, IDEAL, flat_fees(SCALE // 1_000))
    for place in range(10):
        venue.request(admitted(place))
    quotes = [quote(NANOS_PER_SECOND + place) for place in range(count)]

    def work() -> None:
        for one in quotes:
            venue.observe(one)

    return work


def admitted(place: int) -> Admitted:
    """Give an order as the gate lets it out; only here is one made by hand, to measure the venue alone."""
    return Admitted(
        order_id=f"ord-{place:012d}",
        client_order_id=f"mine-{place}",
        account_id="acc",
        symbol=SYMBOL,
        side=Side.BUY,
        quantity=QUANTITY,
        order_type=OrderType.LIMIT,
        limit_price=PRICE * 9 // 10,
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        ts_ns=place,
    )


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    count = size.pick(300, 20_000, 200_000)
    few = count // 4
    shown = "tick to 7 candles, all of them shown after it"
    return [
        cost("tick to 7 candles", candles, size, count=count, unit="µs/tick", target=1),
        cost(shown, shown_candles, size, count=few, unit="µs/tick"),
        rate("order book by level", level_book, size, count=count, unit="operations/s", target=1e6),
        rate("order book by price and time", order_book, size, count=few, unit="operations/s", target=1e6),
        cost("request at the simulated venue", venue_requests, size, count=few, unit="µs/request"),
        cost("quote at the simulated venue, 10 orders resting", venue_quotes, size, count=few, unit="µs/quote"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
