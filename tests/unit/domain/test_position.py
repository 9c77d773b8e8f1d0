"""Average-cost positions against worked examples with known answers, and what holds for every series of fills."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.domain.instrument import AssetClass, Contract, Instrument
from openbell.domain.position import Change, Position, cash_flow, change_by_fill
from openbell.domain.values import SCALE, decimal_of, divide_half_up, multiply, parse

LINEAR = Instrument(
    symbol="X",
    name="X",
    asset_class=AssetClass.EQUITY,
    currency="USD",
    tick_size=1,
    lot_size=1,
    quantity_min=1,
    quantity_max=10**18,
)
INVERSE = Instrument(
    symbol="XBTUSD",
    name="XBTUSD",
    asset_class=AssetClass.PERPETUAL,
    currency="BTC",
    tick_size=1,
    lot_size=1,
    quantity_min=1,
    quantity_max=10**18,
    contract=Contract.INVERSE,
)


def fresh():
    return Position(position_id="p", account_id="a", strategy_id="s", symbol="X")


def book(position, instrument, signed_quantity, price):
    """Book one fill; give the profit it took."""
    change = change_by_fill(position, instrument, signed_quantity, price)
    position.quantity, position.cost = change.quantity, change.cost
    position.realized_pnl += change.realized_pnl
    return change.realized_pnl


def average(position, instrument=LINEAR):
    return float(decimal_of(position.average_entry_price(instrument)))


# Source: elitetrader.com, thread 142338: average cost of a short position that is covered and added to.
SHORT_FILLS = [(-1, "1089"), (-1, "1104"), (-1, "1107"), (-1, "1121.75"), (2, "1116.75"), (1, "1118"), (-1, "1133")]
SHORT_FILLS += [(-1, "1142.5"), (1, "1124")]
SHORT_AVERAGES = [1089, 1096.5, 1100, 1105.44, 1105.44, 1105.44, 1119.22, 1126.98, 1126.98]
SHORT_HELD = [-1, -2, -3, -4, -2, -1, -2, -3, -2]
SHORT_PROFITS = [0, 0, 0, 0, -22.63, -12.56, 0, 0, 2.98]


def test_covering_a_short_leaves_its_average_where_it_is():
    position, averages, held, profits = fresh(), [], [], []
    for quantity, price in SHORT_FILLS:
        profits.append(float(decimal_of(book(position, LINEAR, quantity * SCALE, parse(price)))))
        averages.append(average(position))
        held.append(position.quantity // SCALE)
    assert held == SHORT_HELD
    assert averages == pytest.approx(SHORT_AVERAGES, abs=0.006)
    assert profits == pytest.approx(SHORT_PROFITS, abs=0.006)


# Numbers from nautilus_trader, test_position.py: interleaved sides, a commission of 0.1 % of notional on each fill.
LONG_FILLS = [(12, 10_000), (17, 9_999), (-9, 10_001), (3, 10_003), (-4, 10_005)]
LONG_AVERAGES = [10_000, 9_999.413793103447, 9_999.413793103447, 9_999.88155922039, 9_999.88155922039]
LONG_PROFITS = [-120, -289.983, -365.71613793, -395.72513793, -415.27137481]


def test_interleaved_buys_and_sells_with_commission():
    position, paid, averages, profits = fresh(), 0, [], []
    for quantity, price in LONG_FILLS:
        book(position, LINEAR, parse(quantity), parse(price))
        paid += multiply(LINEAR.notional(parse(quantity), parse(price)), parse("0.001"))
        averages.append(average(position))
        profits.append(float(decimal_of(position.realized_pnl - paid)))
    assert averages == pytest.approx(LONG_AVERAGES, abs=1e-8)
    assert profits == pytest.approx(LONG_PROFITS, abs=2e-8)


def test_a_long_position_in_small_steps():
    position = fresh()
    book(position, LINEAR, parse(100_000), parse("1.00001"))
    realized = position.realized_pnl - parse("2.0")
    unrealized = position.unrealized_pnl(LINEAR, parse("1.0005"))
    assert (realized, unrealized, realized + unrealized) == (parse("-2"), parse("49"), parse("47"))


def test_an_inverse_contract_loses_coins_when_the_price_rises_against_a_short():
    position = fresh()
    book(position, INVERSE, -parse(100_000), parse(10_000))
    assert position.unrealized_pnl(INVERSE, parse(11_000)) == parse("-0.90909091")
    assert multiply(INVERSE.notional(parse(100_000), parse(10_000)), parse("0.00075")) == parse("0.0075")
    assert average(position, INVERSE) == 10_000


def test_crossing_zero_closes_all_and_opens_the_rest_at_the_price():
    position = fresh()
    book(position, LINEAR, parse(10), parse(100))
    assert book(position, LINEAR, -parse(25), parse(110)) == parse(100)
    assert (position.quantity, average(position)) == (-parse(15), 110)


def test_a_flat_position_has_no_average():
    assert fresh().average_entry_price(LINEAR) is None
    assert fresh().unrealized_pnl(LINEAR, parse(1)) == 0


fills = st.lists(
    st.tuples(st.integers(-(10**12), 10**12).filter(bool), st.integers(1, 10**13)), min_size=1, max_size=30
)


@given(fills, st.sampled_from([LINEAR, INVERSE]))
def test_nothing_is_rounded_away(series, instrument):
    """Profit taken less the cost of what is held is what the trades themselves were worth, to the last step."""
    position, worth = fresh(), 0
    for quantity, price in series:
        book(position, instrument, quantity, price)
        worth += instrument.value(quantity, price)
    assert position.realized_pnl - position.cost == -worth
    assert position.quantity == sum(quantity for quantity, _ in series)


def by_definition(held, cost, instrument, traded, price):
    """Quantity, cost, profit taken, whether it opened anew, and the trade's worth: side by side instead of in turns."""
    worth, rest = instrument.value(traded, price), held + traded
    if held * traded >= 0:
        return rest, cost + worth, 0, held == 0, worth
    if abs(traded) < abs(held):
        part = divide_half_up(cost * abs(traded), abs(held))
        return rest, cost - part, -worth - part, False, worth
    opened = instrument.value(rest, price)
    return rest, opened, -(worth - opened) - cost, rest != 0, worth


small, costs, prices = st.integers(-3, 3), st.integers(-(10**9), 10**9), st.integers(1, 10**10)


@given(
    small, st.integers(-(10**9), 10**9), small.filter(bool), st.integers(1, 10**10), st.sampled_from([LINEAR, INVERSE])
)
def test_a_fill_changes_a_position_as_its_definition_says(held, cost, traded, price, instrument):
    position = fresh()
    position.quantity, position.cost = held, cost if held else 0
    change = change_by_fill(position, instrument, traded, price)
    expected = by_definition(held, position.cost, instrument, traded, price)
    assert (change.quantity, change.cost, change.realized_pnl, change.is_new, change.worth) == expected


def test_a_new_position_is_empty():
    position = fresh()
    assert (position.quantity, position.cost, position.realized_pnl, position.fees) == (0, 0, 0, 0)
    assert (position.opened_ns, position.updated_ns, position.entry_order_ids) == (0, 0, [])


@given(fills)
def test_a_flat_position_carries_no_cost(series):
    position = fresh()
    for quantity, price in series:
        book(position, LINEAR, quantity, price)
    if position.quantity:
        book(position, LINEAR, -position.quantity, 10**8)
    assert (position.quantity, position.cost) == (0, 0)


def test_a_share_moves_its_value_in_cash_and_a_contract_its_profit():
    assert cash_flow(LINEAR, change_by_fill(fresh(), LINEAR, parse(2), parse(150))) == -parse(300)
    assert cash_flow(INVERSE, Change(0, 0, 7, is_new=False, worth=-5)) == 7
