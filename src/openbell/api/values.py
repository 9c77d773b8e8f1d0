"""How numbers and instants cross the edge: exact decimals in and out, RFC 3339 in UTC."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from openbell.domain.values import INPUT_LENGTH_MAX, NANOS_PER_SECOND, InvalidNumber, Nanos, NumberToken, parse

DECIMAL_PATTERN = r"^-?(0|[1-9]\d{0,17})(\.\d{1,12})?$"


def read_steps(value: Any) -> int:
    """Read a decimal as scaled steps from its text or from its number token, never through a float.

    Raises ValueError, with the fix as its message.
    """
    if isinstance(value, NumberToken):
        return parse(value.token)
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= INPUT_LENGTH_MAX * 4:
        return parse(str(value))
    raise InvalidNumber('expected a decimal as text, such as "150.25"')


Steps = Annotated[
    int,
    PlainValidator(read_steps),
    WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "maxLength": INPUT_LENGTH_MAX, "example": "150.25"}),
]
"""A price, quantity or amount in a request: decimal text or a number token of at most 32 characters, given to the route
as scaled integer steps. Use it for input only; an answer writes `domain.values.text_of(steps)` into a DecimalText."""

DecimalText = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "maxLength": INPUT_LENGTH_MAX})
]
"""A decimal in an answer."""


def timestamp(ts_ns: Nanos) -> str:
    """Write an instant as RFC 3339 in UTC, with microseconds only where there are some.

    >>> timestamp(1_769_380_200_000_000_000), timestamp(1_500_000)
    ('2026-01-25T22:30:00Z', '1970-01-01T00:00:00.001500Z')
    """
    seconds, rest = divmod(ts_ns, NANOS_PER_SECOND)
    micros = rest // 1000
    return f"{_second(seconds)}.{micros:06d}Z" if micros else f"{_second(seconds)}Z"


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    # Most instants written in one second lie in it, or are those of orders and positions that are asked for again.
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")
