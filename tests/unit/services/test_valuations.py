"""What is remembered of positions is what there is of them now, however often they were closed and opened."""

from types import SimpleNamespace

import pytest

from openbell.adapters.instruments import SymbolMaster, default_instruments
from openbell.api.platform.position_text import PositionText
from openbell.api.platform.schemas_portfolio import PositionsMeta
from openbell.domain.account import Mode
from openbell.domain.position import Position
from openbell.domain.values import SCALE
from openbell.services.valuations import Valuations

META = PositionsMeta.model_construct(total_unrealized_pnl="0")


@pytest.fixture
def valuations():
    market = SimpleNamespace(
        instrument=SymbolMaster(default_instruments()).resolve, mark=lambda _symbol: 60_000 * SCALE
    )
    return Valuations(trading=SimpleNamespace(now_ns=lambda: 0), market=market)


def opened(number):
    """Give the position that a ledger opened for the so-manyeth time."""
    held = {"quantity": SCALE, "cost": (60_000 - number) * SCALE}
    return Position(position_id=f"pos-{number}", account_id="acc", strategy_id="manual", symbol="BTC/USD", **held)


def test_a_position_opened_anew_is_valued_anew_and_takes_the_place_of_the_one_before(valuations):
    for number in range(50):
        position = opened(number)
        holding = valuations.of(position, mode=Mode.PAPER)
        assert holding.unrealized_pnl == number * SCALE
        assert valuations.of(position, mode=Mode.PAPER) is holding, "nothing has happened to it"
    assert len(valuations._known) == 1


def test_text_of_a_closed_position_is_not_kept(valuations):
    texts = PositionText()
    for number in range(50):
        holding = valuations.of(opened(number), mode=Mode.PAPER)
        text = texts.write([holding], META)
        assert f'"pos-{number}"'.encode() in text
        assert texts.write([holding], META) == text
    assert len(texts._kept) == 1
