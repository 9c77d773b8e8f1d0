"""Stop and target of a position follow from the strategy's percents, rounded as the document's example shows."""

import pytest

from openbell.domain.account import Mode
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.position import Position
from openbell.domain.strategy import Strategy, StrategyConfig
from openbell.domain.values import parse, text_of
from openbell.services.portfolio import RiskMetrics, risk_of
from openbell.services.valuations import Holding

AAPL = Instrument(
    symbol="AAPL",
    name="Apple",
    asset_class=AssetClass.EQUITY,
    currency="USD",
    tick_size=parse("0.01"),
    lot_size=parse("1"),
    quantity_min=parse("1"),
    quantity_max=parse("1000000"),
)


def a_holding(quantity="100"):
    held = parse(quantity)
    position = Position(
        position_id="p",
        account_id="a",
        strategy_id="s",
        symbol="AAPL",
        quantity=held,
        cost=AAPL.value(held, parse("150.25")),
    )
    return Holding(
        position=position,
        instrument=AAPL,
        mode=Mode.PAPER,
        average_entry_price=parse("150.25"),
        current_price=None,
        market_value=0,
        unrealized_pnl=0,
        unrealized_pnl_percent=0,
        days_held=0,
    )


def a_strategy(**settings):
    config = StrategyConfig(
        strategy_id="s", account_id="a", owner_id="u", name="s", kind="k", symbols=("AAPL",), **settings
    )
    return Strategy(config=config, created_ns=0, updated_ns=0)


def texts(risk: RiskMetrics):
    steps = (risk.stop_loss_price, risk.take_profit_price, risk.max_loss, risk.max_profit)
    return [None if one is None else text_of(one) for one in steps]


@pytest.mark.parametrize(
    "settings",
    [
        {"parameters": {"stop_loss_pct": "2.0", "take_profit_pct": 5}},
        {"extra": '{"stop_loss_pct": 2.0, "take_profit_pct": "5.0"}'},
    ],
)
def test_the_documents_numbers_come_out(settings):
    assert texts(risk_of(a_holding(), a_strategy(**settings))) == ["147.25", "157.76", "-300.00", "751.00"]


def test_a_short_position_mirrors_them():
    risk = risk_of(a_holding("-100"), a_strategy(parameters={"stop_loss_pct": 2, "take_profit_pct": 5}))
    assert texts(risk) == ["153.26", "142.74", "-301.00", "751.00"]


def test_without_percents_there_is_nothing_to_say():
    assert texts(risk_of(a_holding(), a_strategy())) == [None] * 4
    assert texts(risk_of(a_holding(), None)) == [None] * 4
