"""The core alone: what an order, a tick, a candle and a book cost, in processor time and without any I/O."""

import random
from collections.abc import Callable
from itertools import count as numbers

from figures import Figure, Size, figure, main, repeated

from openbell.domain.account import MANUAL, Mode
from openbell.domain.commands import CancelOrder, OpenAccount, PlaceOrder
from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import BookDelta, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.order import Instruction, OrderType, Side, TimeInForce
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.domain.venue import Admitted, CancelRequest, VenueAccepted, VenueCanceled, VenueFilled
from openbell.engine.book import OrderBook
from openbell.engine.candles import CandleBuilder
from openbell.engine.core import Core, CoreSettings
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.priority_book import BookOrder, PriorityBook
from openbell.engine.matching.profile import IDEAL
from openbell.engine.matching.venue import SimulatedVenue

SYMBOL = "BTC/USD"
PRICE = 50_000 * SCALE
TICK = SCALE // 100
QUANTITY = SCALE // 1_000
BTC = Instrument(
    symbol=SYMBOL,
    name="Bitcoin",
    asset_class=AssetClass.CRYPTO,
    currency="USD",
    tick_size=TICK,
    lot_size=SCALE // 10**6,
    quantity_min=SCALE // 10**6,
    quantity_max=1_000 * SCALE,
)
PLACE_EVERY_NS = NANOS_PER_SECOND // 50
"""The gate lets 100 orders a second pass: time goes on by this much from one order to the next."""
PRICE_EVERY = 1_000
"""Orders between two fresh prices: the gate refuses a price older than a minute."""

Work = Callable[[], object]


def quote(ts_ns: int) -> Quote:
    """Give a quote around the one price."""
    return Quote(SYMBOL, ts_ns, PRICE - TICK, 10 * SCALE, PRICE + TICK, 10 * SCALE)


def opened_core() -> Core:
    """Give a core with one account that has money, under the limits a new account has."""
    core = Core(CoreSettings(instruments={SYMBOL: BTC}, fee_rates={SYMBOL: SCALE // 1_000}))
    deposits = {"USD": 10_000_000 * SCALE}
    opened = OpenAccount(
        ts_ns=0, account_id="acc", owner_id="me", mode=Mode.PAPER, base_currency="USD", deposits=deposits
    )
    assert core.step(opened).refusal is None
    core.step(quote(0))
    return core


def market_orders(count: int) -> list[PlaceOrder]:
    """Give buys and sells in turn, so that the position comes back to zero."""
    orders = []
    for place in range(count):
        side = Side.SELL if place % 2 else Side.BUY
        instruction = Instruction(symbol=SYMBOL, side=side, quantity=QUANTITY, client_order_id=f"mine-{place}")
        ts_ns = place * PLACE_EVERY_NS
        orders.append(PlaceOrder(ts_ns=ts_ns, account_id="acc", strategy_id=MANUAL, instruction=instruction))
    return orders


def resting_order(place: int) -> PlaceOrder:
    """Give a buy far below the market."""
    instruction = Instruction(
        symbol=SYMBOL,
        side=Side.BUY,
        quantity=QUANTITY,
        order_type=OrderType.LIMIT,
        limit_price=PRICE * 9 // 10,
    )
    return PlaceOrder(ts_ns=place * PLACE_EVERY_NS, account_id="acc", strategy_id=MANUAL, instruction=instruction)


def place_and_fill(count: int) -> Work:
    """Place, accept, fill: gate, ledger and events, the venue's reports made here."""
    core, orders = opened_core(), market_orders(count)

    def work() -> None:
        for place, command in enumerate(orders):
            if place % PRICE_EVERY == 0:
                core.step(quote(command.ts_ns))
            order_id = core.step(command).subject_id
            core.step(VenueAccepted(order_id=order_id, ts_ns=command.ts_ns))
            report = VenueFilled(
                order_id=order_id,
                venue_fill_id=order_id,
                ts_ns=command.ts_ns,
                quantity=QUANTITY,
                price=PRICE,
                fee=SCALE // 20,
                liquidity=Liquidity.TAKER,
                model="benchmark",
            )
            assert core.step(report).records

    return work


def place_and_cancel(count: int) -> Work:
    """Place an order that rests, accept it, ask for its end, end it."""
    core, orders = opened_core(), [resting_order(place) for place in range(count)]

    def work() -> None:
        for place, command in enumerate(orders):
            if place % PRICE_EVERY == 0:
                core.step(quote(command.ts_ns))
            order_id = core.step(command).subject_id
            core.step(VenueAccepted(order_id=order_id, ts_ns=command.ts_ns))
            core.step(CancelOrder(ts_ns=command.ts_ns, account_id="acc", order_id=order_id))
            assert core.step(VenueCanceled(order_id=order_id, ts_ns=command.ts_ns)).records

    return work


def matched(count: int) -> Work:
    """Place and fill with the simulated venue in between: gate, matching, ledger, events."""
    core, orders = opened_core(), market_orders(count)
    venue = SimulatedVenue({SYMBOL: BTC}, IDEAL, flat_fees(SCALE // 1_000))
    venue.observe(quote(0))

    def work() -> None:
        fills = 0
        for place, command in enumerate(orders):
            if place % PRICE_EVERY == 0:
                core.step(quote(command.ts_ns))
            for request in core.step(command).requests:
                for report in venue.request(request):
                    core.step(report)
                    fills += type(report) is VenueFilled
        assert fills == count

    return work


def unheard(count: int) -> Work:
    """Market events that no strategy listens to."""
    core = opened_core()
    events = [quote(place) if place % 2 else Trade(SYMBOL, place, PRICE, QUANTITY) for place in range(count)]

    def work() -> None:
        for event in events:
            core.step(event)

    return work


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
    """Orders of our own matched by price and time: one in three trades, as many rest, as many are taken back."""
    chance, book, ids = random.Random(7), PriorityBook(), numbers()
    orders = []
    for _ in range(count // 3):
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
    orders, events = size.pick(300, 5_000, 20_000), size.pick(300, 20_000, 200_000)
    repeats = size.pick(1, 3, 7)

    def cost(name: str, make: Callable[[int], Work], count: int, *, unit: str, target: float | None = None) -> Figure:
        values = repeated(lambda: make(count), count=count, repeats=repeats)
        return figure(name, values, unit=unit, target=target)

    def rate(name: str, make: Callable[[int], Work], count: int, *, unit: str, target: float | None = None) -> Figure:
        values = [1e6 / value for value in repeated(lambda: make(count), count=count, repeats=repeats)]
        return figure(name, values, unit=unit, target=target, is_less_better=False)

    return [
        cost("order placed, accepted and filled in the core", place_and_fill, orders, unit="µs/order", target=5),
        cost("order placed, accepted, cancelled in the core", place_and_cancel, orders, unit="µs/order"),
        cost("order placed, matched and filled with the venue", matched, orders, unit="µs/order", target=15),
        cost("market event that nobody listens to", unheard, events, unit="µs/event"),
        cost("tick to 7 candles", candles, events, unit="µs/tick", target=1),
        cost("tick to 7 candles, all of them shown after it", shown_candles, events // 4, unit="µs/tick"),
        rate("order book by level, one level an operation", level_book, events, unit="operations/s", target=1e6),
        rate("order book by price and time", order_book, events, unit="operations/s", target=1e6),
        cost("request at the simulated venue", venue_requests, orders, unit="µs/request"),
        cost("quote at the simulated venue, 10 orders resting", venue_quotes, events // 4, unit="µs/quote"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
