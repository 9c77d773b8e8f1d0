"""A field that is not known is refused, and where another was meant it is named."""

import pytest
from pydantic import Field, ValidationError

from openbell.api.asking import Ask


class Leg(Ask):
    symbol: str
    limit_price: int | None = None


class Basket(Ask):
    name: str = Field(alias="basketName")
    legs: list[Leg]


def problems(kind, given):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(given)
    return {".".join(map(str, one["loc"])): one["msg"] for one in refused.value.errors()}


@pytest.mark.parametrize(
    ("name", "meant"), [("price", "limit_price"), ("limitprice", "limit_price"), ("instrument", "symbol")]
)
def test_the_field_that_was_meant_is_named(name, meant):
    assert problems(Leg, {"symbol": "AAPL", name: 1}) == {name: f"No such field here: send {meant!r}."}


def test_a_name_like_no_field_is_only_refused():
    assert problems(Leg, {"symbol": "AAPL", "colour": 1})["colour"].startswith("No such field; check")


def test_every_other_fault_is_still_told_beside_it():
    said = problems(Leg, {"price": 1, "limit_price": "{braces}"})
    assert said.keys() == {"price", "limit_price", "symbol"}
    assert said["symbol"] == "Field required"


def test_a_field_of_an_inner_object_is_named_by_its_path_and_after_what_that_object_knows():
    said = problems(Basket, {"basket_name": "a", "basketName": "a", "legs": [{"symbol": "AAPL", "price": 1}]})
    assert said == {
        "basket_name": "No such field here: send 'basketName'.",
        "legs.0.price": "No such field here: send 'limit_price'.",
    }
