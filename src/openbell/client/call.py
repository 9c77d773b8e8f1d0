"""A call described once, without doing it: what to send, how to read the answer, and how often it may be sent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

T = TypeVar("T")


class Repeat(Enum):
    """When a call may be sent again though the first answer did not come."""

    ALWAYS = "always"
    """Twice is the same as once: reading, cancelling, or a change that carries an id of its own."""
    UNSENT = "unsent"
    """Only while it certainly never reached the server."""


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request, and `read`, which makes the result of its answer's body."""

    method: str
    path: str
    read: Callable[[bytes], T]
    query: Mapping[str, str] = {}
    body: bytes | None = None
    content_type: str = "application/json"
    repeat: Repeat = Repeat.ALWAYS
    is_keyed: bool = False
    """It takes an Idempotency-Key, under which it may be sent again as often as need be."""
    is_open: bool = False
    """It needs nobody to be signed in."""


class _Answer(msgspec.Struct, Generic[T]):
    data: T


class PageMeta(msgspec.Struct, frozen=True):
    """Where a page lies in its list."""

    total_count: int
    page: int = 1
    per_page: int = 0
    next_cursor: str | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list."""

    data: list[T]
    meta: PageMeta


def data_of(kind: type[T]) -> Callable[[bytes], T]:
    """Read the `data` of an answer."""
    decoder = msgspec.json.Decoder(_Answer[kind])  # type: ignore[valid-type]

    def read(body: bytes) -> T:
        return decoder.decode(body).data

    return read


def page_of(kind: type[T]) -> Callable[[bytes], Page[T]]:
    """Read a page of a list."""
    return msgspec.json.Decoder(Page[kind]).decode  # type: ignore[valid-type]


def whole(kind: type[T]) -> Callable[[bytes], T]:
    """Read an answer that has no envelope."""
    return msgspec.json.Decoder(kind).decode


def nothing(_: bytes) -> None:
    """Read nothing: the status says it all."""


def text(body: bytes) -> str:
    """Read a page of text."""
    return body.decode()


def place(*parts: str) -> str:
    """Write a path; each part is quoted whole, so that no id leads anywhere else.

    >>> place("v1", "instruments", "BTC/USD")
    '/v1/instruments/BTC%2FUSD'
    """
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def query_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Write query parameters; what is None is left out."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def body_of(values: Mapping[str, Any]) -> bytes:
    """Write a JSON object; what is None is left out, money is text, instants are RFC 3339."""
    return msgspec.json.encode({name: _exact(value) for name, value in values.items() if value is not None})


def next_page(call: Call[Page[T]], page: Page[T]) -> Call[Page[T]] | None:
    """Describe the call for the page after this one: by cursor where the list has one, else by number."""
    meta = page.meta
    if meta.next_cursor:
        further = {"cursor": meta.next_cursor}
    elif page.data and meta.per_page and meta.page * meta.per_page < meta.total_count and "cursor" not in call.query:
        further = {"page": str(meta.page + 1)}
    else:
        return None
    return msgspec.structs.replace(call, query={**call.query, **further})


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _exact(value: Any) -> Any:
    """Write decimals without an exponent, wherever they stand."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list | tuple) else value
