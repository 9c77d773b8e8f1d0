"""Shapes of the published documents as facts: key → what its value is; and how an answer is held against one.

A value is one of the words below, a tuple of the words it may be, a list with the shape of each item, or a shape. A key
that ends in `?` may be absent, but is what it says where it is there. More keys may stand beside.
"""

import re

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?")


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


WORDS = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "count": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "decimal": lambda value: isinstance(value, str) and _DECIMAL.fullmatch(value) is not None,
    "time": lambda value: isinstance(value, str) and _TIME.fullmatch(value) is not None,
    "flag": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "nothing": lambda value: value is None,
}


def differences(shape, value, path=""):
    """Say where a value is not of a shape; nothing where it is."""
    if isinstance(shape, str):
        if not WORDS[shape](value):
            yield f"{path}: {value!r} is no {shape}"
    elif isinstance(shape, tuple):
        if value not in shape and not any(word in WORDS and WORDS[word](value) for word in shape):
            yield f"{path}: {value!r} is none of {shape}"
    elif isinstance(shape, list):
        if not isinstance(value, list) or not value:
            yield f"{path}: {value!r} is no list with something in it"
        else:
            for place, item in enumerate(value):
                yield from differences(shape[0], item, f"{path}[{place}]")
    else:
        yield from _of_object(shape, value, path)


def _of_object(shape, value, path):
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name in value:
            yield from differences(inner, value[name], f"{path}.{name}")
        elif not key.endswith("?"):
            yield f"{path}.{name} is not there"


def holds(shape, value):
    """Assert that a value is of a shape."""
    found = list(differences(shape, value))
    assert not found, f"{found}\n{value}"
