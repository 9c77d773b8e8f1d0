"""What the audit log says of a command: its fields as a JSON object, sorted by name, amounts as decimal text."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.domain import commands as c
from openbell.domain.account import Mode
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import text_of

TEXT_MAX = 200
"""Characters kept of any text of a request."""
DETAIL_BYTES_MAX = 4_096

_AMOUNTS = frozenset(
    {
        *("quantity", "limit_price", "stop_price", "amount", "allocated", "price_collar"),
        *("order_quantity_max", "order_notional_max", "position_notional_max", "daily_loss_max", "drawdown_max"),
    }
)
"""Fields of commands that hold scaled steps."""
_encode = msgspec.json.encode


class _PlacedOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An order as it is written. Nothing is asked for more often: its fields stand in their order already."""

    account_id: str
    client_order_id: str | None = None
    limit_price: str | None = None
    mode: Mode | None = None
    oco_group: str | None = None
    order_type: OrderType
    parent_order_id: str | None = None
    post_only: bool
    quantity: str
    reduce_only: bool
    side: Side
    stop_price: str | None = None
    strategy_id: str | None = None
    symbol: str | None = None
    time_in_force: TimeInForce | None = None


def described(command: c.Command) -> str:
    """Write what a command says, without its time, its actor and what it leaves open."""
    if type(command) is c.PlaceOrder and command.account_id:
        return _within_bounds(_encode(_placed(command)))
    said = msgspec.to_builtins(command)
    said |= said.pop("instruction", {})
    said.pop("ts_ns")
    said.pop("actor", None)
    return written(_plain(said))


def written(detail: Mapping[str, Any]) -> str:
    """Write further detail, sorted by name."""
    return _within_bounds(_encode(detail, order="sorted"))


def _within_bounds(text: bytes) -> str:
    return text.decode() if len(text) <= DETAIL_BYTES_MAX else f'{{"bytes_left_out":{len(text)}}}'


def _placed(command: c.PlaceOrder) -> _PlacedOrder:
    wanted = command.instruction
    limit_price, stop_price = wanted.limit_price, wanted.stop_price
    return _PlacedOrder(
        account_id=command.account_id[:TEXT_MAX],
        client_order_id=_cut(wanted.client_order_id),
        limit_price=None if limit_price is None else text_of(limit_price, 0),
        mode=command.mode,
        oco_group=_cut(wanted.oco_group),
        order_type=wanted.order_type,
        parent_order_id=_cut(wanted.parent_order_id),
        post_only=wanted.post_only,
        quantity=text_of(wanted.quantity, 0),
        reduce_only=wanted.reduce_only,
        side=wanted.side,
        stop_price=None if stop_price is None else text_of(stop_price, 0),
        strategy_id=_cut(command.strategy_id),
        symbol=_cut(wanted.symbol),
        time_in_force=wanted.time_in_force,
    )


def _cut(text: str | None) -> str | None:
    return text[:TEXT_MAX] if text else None


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in said.items():
        if value is None or value == "":
            continue
        if name == "deposits":
            plain[name] = {currency: text_of(amount, 0) for currency, amount in value.items()}
        elif isinstance(value, dict):
            plain[name] = _plain(value)
        elif isinstance(value, int) and name in _AMOUNTS:
            plain[name] = text_of(value, 0)
        else:
            plain[name] = value[:TEXT_MAX] if isinstance(value, str) else value
    return plain
