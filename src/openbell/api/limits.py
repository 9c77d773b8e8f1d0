"""What a request body may be: JSON read strictly, quickly, and with numbers exactly as they were written.

The framework's own reading lets NaN through, turns money into floats, takes the last of two equal keys and spends
seconds on long exponents. Every route of ours is of class StrictRoute, which reads its body here instead.
"""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from openbell.api.errors import ApiError, invalid
from openbell.domain.values import INPUT_LENGTH_MAX, NumberToken

BODY_BYTES_MAX = 1024 * 1024
UPLOAD_BYTES_MAX = 256 * 1024 * 1024
UPLOADS = frozenset({"/v1/catalog/datasets", "/v1/catalog/validations"})
"""Where a body is a file that is written to disk as it comes, and may be larger than others."""
DEPTH_MAX = 32
"""Objects and lists inside one another."""


class NotJson(ValueError):
    """A body that is refused before any route sees it; the message says what is wrong with it."""


def _number(token: str) -> NumberToken:
    if len(token) > INPUT_LENGTH_MAX:
        raise NotJson(f"A number is longer than {INPUT_LENGTH_MAX} characters.")
    number = NumberToken(token)
    if not math.isfinite(number):
        raise NotJson("A number is too large.")
    return number


def _integer(token: str) -> int:
    if len(token) > INPUT_LENGTH_MAX:
        raise NotJson(f"A number is longer than {INPUT_LENGTH_MAX} characters.")
    return int(token)


def _constant(token: str) -> None:
    raise NotJson(f"{token} is not a JSON number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("An object names a key twice.")
    return members


_DECODER = json.JSONDecoder(
    parse_float=_number, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object
)


def read_json(body: bytes) -> Any:
    """Read a JSON text. Numbers with a point or exponent come as NumberToken, others as int. Raises NotJson."""
    try:
        text = body.decode()
        document = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise NotJson("The body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    except RecursionError as error:
        raise NotJson(f"The body is nested more than {DEPTH_MAX} deep.") from error
    # Only a text with that many brackets can be too deep, and only an escape can write what UTF-8 cannot.
    if text.count("[") + text.count("{") > DEPTH_MAX or "\\u" in text:
        _inspect(document)
    return document


def _inspect(document: Any) -> None:
    """Refuse deep nesting, and text that no store could keep. Not recursive: the depth is what is in question."""
    level = [document]
    for _ in range(DEPTH_MAX):
        level = _inside(level)
    if any(isinstance(value, dict | list) for value in level):
        raise NotJson(f"The body is nested more than {DEPTH_MAX} deep.")
    _inside(level)


def _inside(level: list[Any]) -> list[Any]:
    """Give what is one deeper, having looked at the texts of this level."""
    deeper: list[Any] = []
    for value in level:
        if isinstance(value, dict):
            deeper.extend(value)
            deeper.extend(value.values())
        elif isinstance(value, list):
            deeper.extend(value)
        elif isinstance(value, str):
            _inspect_text(value)
    return deeper


def _inspect_text(text: str) -> None:
    if "\x00" in text:
        raise NotJson("A text contains the character NUL.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotJson("A text contains half of a surrogate pair.")


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """Read the body once. Raises ApiError 400."""
        if not hasattr(self, "_json"):
            try:
                self._json = read_json(await self.body())
            except NotJson as error:
                raise invalid("", str(error)) from error
        return self._json


class StrictRoute(APIRoute):
    """A route that reads its JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


class Router(APIRouter):
    """The router every contract uses: its routes read JSON strictly."""

    def __init__(self, *, prefix: str = "", tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=StrictRoute)


def body_too_large(bytes_max: int) -> ApiError:
    """Say that a body is larger than allowed."""
    return ApiError(413, "PAYLOAD_TOO_LARGE", f"The body may have at most {bytes_max} bytes.")
