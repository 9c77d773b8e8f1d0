"""What an instrument is worth, which are worth quantity × price and no more, and the one spelling of a symbol."""

import msgspec
import pytest

from openbell.domain.instrument import AssetClass, Contract, Instrument, InvalidSymbol, canonical_symbol
from openbell.domain.values import SCALE, parse

SIZES = {"tick_size": 1, "lot_size": 1, "quantity_min": 1, "quantity_max": 10**18}
SHARE = Instrument(symbol="X", name="X", asset_class=AssetClass.EQUITY, currency="USD", **SIZES)


@pytest.mark.parametrize(
    ("change", "is_paid_in_full"),
    [
        ({}, True),
        ({"multiplier": 50 * SCALE}, False),
        ({"initial_margin": SCALE // 2}, False),
        ({"contract": Contract.INVERSE}, False),
        ({"asset_class": AssetClass.PERPETUAL}, False),
        ({"asset_class": AssetClass.CRYPTO}, True),
    ],
)
def test_only_what_costs_all_it_is_worth_is_paid_in_full(change, is_paid_in_full):
    assert msgspec.structs.replace(SHARE, **change).is_paid_in_full == is_paid_in_full


@pytest.mark.parametrize(
    ("quantity", "price", "worth"), [(1, SCALE // 2, 1), (-1, SCALE // 2, -1), (1, SCALE // 2 - 1, 0)]
)
def test_half_a_step_is_a_whole_one_away_from_nothing(quantity, price, worth):
    assert SHARE.value(quantity, price) == worth
    assert msgspec.structs.replace(SHARE, multiplier=3 * SCALE).value(quantity, price) == 3 * worth


@pytest.mark.parametrize("price", [0, -1])
def test_an_inverse_contract_has_no_worth_without_a_price(price):
    with pytest.raises(ValueError, match="positive price"):
        msgspec.structs.replace(SHARE, contract=Contract.INVERSE).value(parse(1), price)


@pytest.mark.parametrize("text", ["ſPY", "ａapl", "A" * 33, "A//B", "A..B", "/A", ""])
def test_a_letter_from_elsewhere_is_none_of_ours(text):
    with pytest.raises(InvalidSymbol):
        canonical_symbol(text)


def test_a_symbol_has_up_to_32_characters_and_one_spelling():
    assert canonical_symbol(" btc/usd ") == "BTC/USD" and canonical_symbol("a" * 32) == "A" * 32
