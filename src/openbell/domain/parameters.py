"""Values of parameters: of the declared type and within the declared bounds."""

import math
from decimal import Decimal

from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import InvalidNumber, parse


def checked(parameter: Parameter, value: ParameterValue) -> ParameterValue:
    """Give a value in its parameter's type. Raises ValueError saying what is expected."""
    typed = _typed(parameter.kind, value)
    if parameter.choices and typed not in parameter.choices:
        raise ValueError(f"expected one of {', '.join(parameter.choices)}")
    if isinstance(typed, str | bool) and parameter.kind != "decimal":
        return typed
    # Bounds are compared as decimals: 0.1 is a tenth on both sides.
    size = Decimal(str(typed))
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and size < Decimal(str(low))) or (high is not None and size > Decimal(str(high))):
        raise ValueError(f"{value} is out of range: {_bounds(low, high)}")
    return typed


def _typed(kind: str, value: ParameterValue) -> ParameterValue:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "decimal" and (isinstance(value, str) or is_number):
        try:
            parse(str(value))
        except InvalidNumber as error:
            raise ValueError(str(error)) from error
        return str(value)
    if kind == "int" and is_number and (isinstance(value, int) or value.is_integer()):  # type: ignore[union-attr]
        return int(value)
    if kind == "float" and is_number and math.isfinite(value):  # type: ignore[arg-type]
        return float(value)
    if kind == "names":
        return names_text(value)
    if (kind == "bool" and isinstance(value, bool)) or (kind == "str" and isinstance(value, str)):
        return value
    raise ValueError(f"expected {_KINDS[kind]}")


_KINDS = {
    "int": "a whole number",
    "float": "a finite number",
    "decimal": "a decimal such as 0.25",
    "bool": "true or false",
    "str": "text",
    "names": "names separated by commas",
}


def names_text(value: object) -> str:
    """Give names as they are kept, from such a text or from a list. Raises ValueError."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
        raise ValueError(f"expected {_KINDS['names']}")
    return ",".join(name.strip() for name in given if name.strip())


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
