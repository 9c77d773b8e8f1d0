"""Orders in the core: gate, ledger and events, with and without matching, in processor time and without any I/O."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec
from figures import Figure, Size, figure, main, repeated

from openbell.domain.account import MANUAL, Mode
from openbell.domain.commands import CancelOrder, OpenAccount, PlaceOrder
from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Quote, Trade
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.domain.venue import VenueAccepted, VenueCanceled, VenueFilled
from openbell.engine.core import Core, CoreSettings
from openbell.engine.matching.fees import flat_fees
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


def quote(ts_ns: int, symbol: str = SYMBOL) -> Quote:
    """Give a quote around the one price."""
    return Quote(symbol, ts_ns, PRICE - TICK, 10 * SCALE, PRICE + TICK, 10 * SCALE)


def opened_core(others: Mapping[str, Instrument] = MappingProxyType({})) -> Core:
    """Give a core with one account that has money, under the limits a new account has."""
    core = Core(CoreSettings(instruments={SYMBOL: BTC, **others}, fee_rates={SYMBOL: SCALE // 1_000}))
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


def placed(instruction: Instruction, place: int) -> PlaceOrder:
    """Give the command for an instruction."""
    ts_ns = place * PLACE_EVERY_NS
    return PlaceOrder(ts_ns=ts_ns, account_id="acc", strategy_id=MANUAL, instruction=instruction)


def filled(order_id: str, ts_ns: int) -> VenueFilled:
    """Give the report that all of an order was filled."""
    return VenueFilled(
        order_id=order_id,
        venue_fill_id=order_id,
        ts_ns=ts_ns,
        quantity=QUANTITY,
        price=PRICE,
        fee=SCALE // 20,
        liquidity=Liquidity.TAKER,
        model="benchmark",
    )


def place_and_fill(count: int) -> Work:
    """Place, accept, fill: gate, ledger and events, the venue's reports made here."""
    core, orders = opened_core(), market_orders(count)

    def work() -> None:
        for place, command in enumerate(orders):
            if place % PRICE_EVERY == 0:
                core.step(quote(command.ts_ns))
            order_id = core.step(command).subject_id
            core.step(VenueAccepted(order_id=order_id, ts_ns=command.ts_ns))
            report = filled(order_id, command.ts_ns)
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


def beside(held: int) -> Callable[[int], Work]:
    """Place orders in one symbol, accepted and ended, beside holdings and resting orders in others; a price moves."""

    def make(count: int) -> Work:
        others = {f"C{n}/USD": msgspec.structs.replace(BTC, symbol=f"C{n}/USD") for n in range(held)}
        core = opened_core(others)
        for n, symbol in enumerate(others):
            core.step(quote(0, symbol))
            bought, rests = (msgspec.structs.replace(resting_order(n).instruction, symbol=symbol) for _ in "12")
            order_id = core.step(placed(bought, n)).subject_id
            core.step(filled(order_id, n * PLACE_EVERY_NS))
            assert core.step(placed(rests, n)).refusal is None
        commands = [resting_order(held + place) for place in range(count)]

        def work() -> None:
            for place, command in enumerate(commands):
                core.step(quote(command.ts_ns, f"C{place % held}/USD" if held else SYMBOL))
                if place % PRICE_EVERY == 0:
                    core.step(quote(command.ts_ns))
                order_id = core.step(command).subject_id
                assert core.step(VenueCanceled(order_id=order_id, ts_ns=command.ts_ns)).records

        return work

    return make


def unheard(count: int) -> Work:
    """Market events that no strategy listens to."""
    core = opened_core()
    events = [quote(place) if place % 2 else Trade(SYMBOL, place, PRICE, QUANTITY) for place in range(count)]

    def work() -> None:
        for event in events:
            core.step(event)

    return work


def cost(
    name: str, make: Callable[[int], Work], size: Size, *, count: int, unit: str, target: float | None = None
) -> Figure:
    """Measure the microseconds a piece of work takes."""
    values = repeated(lambda: make(count), count=count, repeats=size.pick(1, 3, 7))
    return figure(name, values, unit=unit, target=target)


def rate(
    name: str, make: Callable[[int], Work], size: Size, *, count: int, unit: str, target: float | None = None
) -> Figure:
    """Measure the pieces of work done in a second."""
    values = [1e6 / value for value in repeated(lambda: make(count), count=count, repeats=size.pick(1, 3, 7))]
    return figure(name, values, unit=unit, target=target, is_less_better=False)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    count, events = size.pick(300, 5_000, 20_000), size.pick(300, 20_000, 200_000)
    alone, cancelled = "order placed, accepted and filled in the core", "order placed, accepted, cancelled in the core"
    unit, beside_name = "µs/order", "order placed and ended beside {} other instruments held"
    with_venue = "order placed, matched by the simulated venue and filled"
    return [
        cost(alone, place_and_fill, size, count=count, unit=unit, target=5),
        cost(cancelled, place_and_cancel, size, count=count, unit=unit),
        cost(with_venue, matched, size, count=count, unit=unit, target=15),
        *(cost(beside_name.format(held), beside(held), size, count=count // 5, unit=unit) for held in (1, 50, 200)),
        cost("market event that nobody listens to", unheard, size, count=events, unit="µs/event"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
