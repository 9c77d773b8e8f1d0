"""Answers in JSON numbers: each token is the exact text of its steps."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from openbell.api.numbers import Figure, Number, answer, figure
from openbell.domain.values import decimal_of

STEPS = st.integers(-(10**26), 10**26)


class Amount(BaseModel):
    amount: Number
    maybe: Number | None = None


class Measure(BaseModel):
    value: Figure | None


@given(STEPS)
def test_a_number_reads_back_as_exactly_its_steps(steps):
    text = bytes(answer(Amount(amount=steps)).body).decode()
    read = json.loads(text, parse_float=Decimal, parse_int=Decimal)["amount"]
    assert read == decimal_of(steps) and "e" not in text.partition(":")[2].lower()


def test_what_is_not_given_is_left_out_and_none_is_null():
    assert bytes(answer(Amount(amount=1)).body) == b'{"amount":0.00000001}'
    assert bytes(answer(Amount(amount=0, maybe=None)).body) == b'{"amount":0,"maybe":null}'
    assert bytes(answer(Measure(value=None)).body) == b'{"value":null}'


@given(st.floats(-1e15, 1e15))
def test_a_figure_has_no_exponent_and_eight_decimals_at_most(value):
    text = bytes(figure(value)).decode()
    assert "e" not in text.lower() and len(text.partition(".")[2]) <= 8
    assert abs(Decimal(text) - Decimal(repr(value))) <= Decimal("0.000000005")
