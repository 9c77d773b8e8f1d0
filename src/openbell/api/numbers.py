"""Answers whose decimals are JSON numbers: each is the exact text of its scaled steps and never was a float."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, PlainSerializer, PlainValidator, WithJsonSchema
from starlette.responses import Response

from openbell.api.values import DECIMAL_PATTERN, read_steps
from openbell.domain.values import INPUT_LENGTH_MAX, text_of

FIGURE_PLACES = 8
"""Decimals of a statistic."""
_LAST_PLACE = Decimal(1).scaleb(-FIGURE_PLACES)


def token(steps: int) -> msgspec.Raw:
    """Write scaled steps as a JSON number, exactly.

    >>> bytes(token(15_025_000_000)), bytes(token(1))
    (b'150.25', b'0.00000001')
    """
    return msgspec.Raw(text_of(steps, 0).encode())


def figure(value: float) -> msgspec.Raw:
    """Write a statistic as a JSON number without exponent, halves rounded up in size.

    >>> bytes(figure(1e-7)), bytes(figure(-0.0))
    (b'0.0000001', b'0')
    """
    exact = Decimal(repr(value)).quantize(_LAST_PLACE, ROUND_HALF_UP)
    text = format(exact or abs(exact), "f")
    return msgspec.Raw((text.rstrip("0").rstrip(".") if "." in text else text).encode())


Number = Annotated[int, PlainSerializer(token, return_type=Any), WithJsonSchema({"type": "number"})]
"""A price, quantity, amount or rate in an answer: scaled steps inside, a JSON number outside."""

Figure = Annotated[float, PlainSerializer(figure, return_type=Any), WithJsonSchema({"type": "number"})]
"""A statistic in an answer: a float inside, a JSON number of at most eight decimals outside."""

NumberIn = Annotated[
    int,
    PlainValidator(read_steps),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": DECIMAL_PATTERN, "maxLength": INPUT_LENGTH_MAX}]}
    ),
]
"""A price, quantity or amount in a request: a JSON number, or the same as text, read without passing through float."""


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the keys that have a value: what a document writes as `key?` is left out rather than null."""
    return {name: value for name, value in values.items() if value is not None}


def answer(body: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write an answer. A field that was not given is left out; one given as None is null."""
    return encoded(body.model_dump(exclude_unset=True), status=status, headers=headers)


def encoded(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write what consists of plain values and number tokens."""
    return Response(msgspec.json.encode(content), status, dict(headers or {}), "application/json")
