"""Exact numbers: scaled integers inside, decimal text at the edges, one set of rounding rules."""

import re
from decimal import Decimal
from typing import Self, TypeAlias

SCALE_DIGITS = 8
SCALE = 100_000_000
"""One unit of anything (a dollar, a share, a rate of 1) is this many steps."""

INPUT_LENGTH_MAX = 32
"""Characters of a number on the way in; longer text is refused before it is read."""

Price: TypeAlias = int
"""Price of one unit in the quote currency, in steps of 1e-8."""
Quantity: TypeAlias = int
"""Units of an instrument, in steps of 1e-8; signed only where it says so."""
Money: TypeAlias = int
"""An amount of one currency, in steps of 1e-8; negative is owed."""
Rate: TypeAlias = int
"""A dimensionless ratio, in steps of 1e-8: 100_000 is 0.001, or ten basis points."""
Nanos: TypeAlias = int
"""Time in nanoseconds since 1970-01-01T00:00:00Z."""

NANOS_PER_SECOND = 1_000_000_000

# Integer part bounded by the wire format; a fraction longer than the scale is refused, not rounded.
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,12})?", re.ASCII)


class InvalidNumber(ValueError):
    """Text that is not a number Openbell keeps exactly; the message says what is expected."""


def parse(text: str | int | Decimal) -> int:
    """Read a decimal as scaled steps, exactly.

    Accepts plain decimal text (no exponent, no sign but a leading minus), an int, or a Decimal whose text is plain.
    Raises InvalidNumber for anything else and for more than eight significant decimals.

    >>> parse("150.25")
    15025000000
    """
    plain = text if isinstance(text, str) else str(text)
    if len(plain) > INPUT_LENGTH_MAX or not _DECIMAL.fullmatch(plain):
        raise InvalidNumber("expected a plain decimal number such as 150.25, without exponent")
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > SCALE_DIGITS:
        raise InvalidNumber(f"at most {SCALE_DIGITS} decimals are kept")
    steps = int(whole.lstrip("-")) * SCALE + int(fraction.ljust(SCALE_DIGITS, "0"))
    return -steps if whole.startswith("-") else steps


def text_of(steps: int, decimals_min: int = 2) -> str:
    """Write scaled steps as plain decimal text with at least `decimals_min` decimals and no more than needed.

    >>> text_of(15025000000), text_of(1), text_of(-50_000_000)
    ('150.25', '0.00000001', '-0.50')
    """
    whole, fraction = divmod(abs(steps), SCALE)
    tail = f"{fraction:08d}".rstrip("0").ljust(decimals_min, "0")
    sign = "-" if steps < 0 else ""
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"


def decimal_of(steps: int) -> Decimal:
    """Give scaled steps as an exact Decimal."""
    return Decimal(steps).scaleb(-SCALE_DIGITS)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide integers, rounding halves away from zero: the rule for fees and for what people read.

    >>> divide_half_up(5, 2), divide_half_up(-5, 2), divide_half_up(4, 3)
    (3, -3, 1)
    """
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    if 2 * remainder >= abs(denominator):
        quotient += 1
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def multiply(left: int, right: int) -> int:
    """Multiply two scaled values, rounding the last step half away from zero.

    The product is exact whenever the factors have together at most eight decimals, as an instrument's increments do.
    """
    product = left * right
    quotient, remainder = divmod(abs(product), SCALE)
    if 2 * remainder >= SCALE:
        quotient += 1
    return quotient if product >= 0 else -quotient


def round_half_up(steps: int, decimals: int) -> int:
    """Round scaled steps to `decimals` decimals, halves away from zero; the result is scaled steps again."""
    unit: int = 10 ** (SCALE_DIGITS - decimals)
    return divide_half_up(steps, unit) * unit


class NumberToken(float):
    """A JSON number that was not written as an integer: a float to whoever wants one, with its text kept for money."""

    __slots__ = ("token",)

    token: str

    def __new__(cls, token: str) -> Self:
        """Read a number and remember how it was written."""
        number = super().__new__(cls, token)
        number.token = token
        return number
