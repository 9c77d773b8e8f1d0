"""Orders on /ws/trading in their plainest form, read in one go.

What is read here is what `trading_words` would have read: no escapes, no key twice, numbers as they were written, every
word in its usual spelling. Anything else, right or wrong, is left to that, which also knows what to say about it.
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from openbell.domain.account import MANUAL
from openbell.domain.order import CLIENT_ORDER_ID, Instruction, OrderType, Side, TimeInForce
from openbell.domain.values import Quantity, parse

_SYMBOL_MAX, _STRATEGY_MAX, _ID_MAX = 96, 64, 128
_NUMBER = re.compile(rb"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?")
"""Numbers that need no second look: twelve digits before the point, eight behind it."""
_SIDES: Mapping[str, Side] = {word: side for side in Side for word in (side.value, side.lower())}
_KINDS: Mapping[str, OrderType] = {word: kind for kind in OrderType for word in (kind.value, kind.lower())}
_TIMES: Mapping[str, TimeInForce] = {word: time for time in TimeInForce for word in (time.value, time.lower())}

T = TypeVar("T")


class PlainOrder(msgspec.Struct, frozen=True, gc=False):
    """An order, the id to answer to, and the ledger it belongs to."""

    reply_to: str | int | None
    instruction: Instruction
    strategy_id: str


class _Wanted(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    symbol: str
    side: str
    quantity: Raw
    price: Raw | UnsetType = UNSET
    stop_price: Raw | UnsetType = UNSET
    time_in_force: str | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET
    strategy_id: str | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    reduce_only: bool | UnsetType = UNSET


class _Flat(_Wanted, forbid_unknown_fields=True, gc=False, kw_only=True):
    """An order beside the message's own members."""

    type: Literal["order"]
    order_type: str
    id: str | int | UnsetType = UNSET


class _Inner(_Wanted, forbid_unknown_fields=True, gc=False, kw_only=True):
    type: str


class _Nested(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """An order in a member of its own."""

    type: Literal["order"]
    order: _Inner | UnsetType = UNSET
    data: _Inner | UnsetType = UNSET
    id: str | int | UnsetType = UNSET


_decode_flat = msgspec.json.Decoder(_Flat).decode
_decode_nested = msgspec.json.Decoder(_Nested).decode
_FLAT_MARKS, _NESTED_MARKS = 18, 20
"""Quotation marks of the members that have to be there."""


def read_plain(text: str) -> PlainOrder | None:
    """Read an order; None for what is not one, or not in its plainest form."""
    if "\\" in text or not (text.isascii() and text.isprintable()):
        return None
    try:
        return _read_flat(text) if '"order_type"' in text else _read_nested(text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _read_flat(text: str) -> PlainOrder | None:
    said = _decode_flat(text)
    return _checked(text, said, said.order_type, said.id, marks=_FLAT_MARKS)


def _read_nested(text: str) -> PlainOrder | None:
    said = _decode_nested(text)
    if (said.order is UNSET) == (said.data is UNSET):
        return None
    wanted = said.data if said.order is UNSET else said.order
    assert wanted is not UNSET  # noqa: S101 - one of the two was given
    return _checked(text, wanted, wanted.type, said.id, marks=_NESTED_MARKS)


def _checked(
    text: str, wanted: _Wanted, order_type: str, reply_to: str | int | UnsetType, *, marks: int
) -> PlainOrder | None:
    marks += _quotes(wanted) + (0 if reply_to is UNSET else 4 if isinstance(reply_to, str) else 2)
    if text.count('"') != marks:
        return None  # a key comes twice, or a number is written as text
    instruction = _instruction(wanted, order_type)
    strategy_id = MANUAL if wanted.strategy_id is UNSET else wanted.strategy_id
    is_long = isinstance(reply_to, str) and len(reply_to) > _ID_MAX
    if instruction is None or is_long or len(strategy_id) > _STRATEGY_MAX or len(wanted.symbol) > _SYMBOL_MAX:
        return None
    return PlainOrder(None if reply_to is UNSET else reply_to, instruction, strategy_id)


def _quotes(wanted: _Wanted) -> int:
    """Give how many quotation marks it takes to say once what may be left out."""
    marks = 0
    for value in (wanted.time_in_force, wanted.client_order_id, wanted.strategy_id):
        if value is not UNSET:
            marks += 4
    for other in (wanted.price, wanted.stop_price, wanted.post_only, wanted.reduce_only):
        if other is not UNSET:
            marks += 2
    return marks


def _instruction(said: _Wanted, order_type: str) -> Instruction | None:
    side, kind, quantity = _SIDES.get(said.side), _KINDS.get(order_type), _steps(said.quantity)
    price, stop_price = _optional(said.price), _optional(said.stop_price)
    time, named = said.time_in_force, said.client_order_id
    if side is None or kind is None or None in (quantity, price, stop_price):
        return None
    if time is not UNSET and time not in _TIMES:
        return None
    if named is not UNSET and not CLIENT_ORDER_ID.fullmatch(named):
        return None
    return Instruction(
        symbol=said.symbol,
        side=side,
        quantity=quantity or 0,
        order_type=kind,
        limit_price=_given(price),
        stop_price=_given(stop_price),
        time_in_force=None if time is UNSET else _TIMES[time],
        post_only=_given(said.post_only) or False,
        reduce_only=_given(said.reduce_only) or False,
        client_order_id=_given(named),
    )


def _steps(number: Raw) -> Quantity | None:
    """Give the steps of a number; None where it takes a second look."""
    token = bytes(number)
    return parse(token.decode()) if _NUMBER.fullmatch(token) else None


def _optional(number: Raw | UnsetType) -> Quantity | UnsetType | None:
    return UNSET if number is UNSET else _steps(number)


def _given(value: T | UnsetType | None) -> T | None:
    return None if value is UNSET else value
