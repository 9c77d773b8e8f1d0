"""Shapes of the telemetry contract: numbers are JSON numbers, written exactly."""

from typing import Any

import msgspec
from pydantic import BaseModel, Field

from openbell.api.asking import Ask
from openbell.api.values import timestamp
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import NumberToken, parse, text_of
from openbell.services.emergency import Flattening, StoppedOrder, StopReport
from openbell.services.tuning import Tuned


class ParametersAnswer(BaseModel):
    """The whole set of runtime parameters after a change, or as it is."""

    status: str = Field(description="ok", examples=["ok"])
    strategy_id: str | None = Field(description="Whose parameters are shown beside those of telemetry.")
    run_state: str | None = Field(examples=["running"])
    applied: dict[str, Any] = Field(
        description="What this request changed, as it now is.", examples=[{"spread_bps": 12}]
    )
    rejected: list[str] = Field(description="Always empty: a request with anything wrong in it changes nothing.")
    revision: int = Field(description="Goes up with every change; also the ETag.")
    version: int = Field(description="The same number.")
    parameters: dict[str, Any] = Field(examples=[{"spread_bps": 12, "quote_size": 0.5, "gas_per_order": 0.01}])
    bounds: dict[str, Any] = Field(description="What each parameter is and may be.")


class StopAsk(Ask):
    """What an emergency stop is to do beside stopping; all of it may be left out."""

    flatten: bool = Field(default=False, description="Close every position at market, with orders that only reduce.")
    reason: str = Field(
        default="", max_length=500, description="For the record.", examples=["Unusual market volatility"]
    )


class StoppedOrderData(BaseModel):
    """A working order and what became of it."""

    order_id: str
    client_order_id: str
    strategy_id: str
    symbol: str
    side: str
    quantity: float
    filled_quantity: float
    outcome: str = Field(description="canceled, filled, ended or outstanding", examples=["canceled"])
    status_detail: str = Field(examples=["CANCELED"])
    in_doubt: bool


class FlatteningData(BaseModel):
    """A piece of a position that was to be closed."""

    symbol: str
    strategy_id: str
    side: str
    quantity: float
    filled_quantity: float
    order_id: str | None
    outcome: str = Field(description="filled, outstanding, ended or refused", examples=["filled"])
    reason: str


class StopAnswer(BaseModel):
    """What an emergency stop did."""

    status: str = Field(description="stopped, or outstanding while a cancel is not known", examples=["stopped"])
    kill_switch_active: bool
    already_active: bool
    scope: str = Field(description="GLOBAL for an admin's key, ACCOUNT for anybody else's.", examples=["GLOBAL"])
    activated_at: str
    reason: str
    orders: list[StoppedOrderData]
    canceled_orders: int
    outstanding_orders: list[str]
    flatten: bool
    flattened: list[FlatteningData]


def settings_of(given: dict[str, Any]) -> dict[str, Any]:
    """Give numbers of a body as they were written: text for those with a point or exponent."""
    return {name: value.token if isinstance(value, NumberToken) else value for name, value in given.items()}


def parameters_body(tuned: Tuned, applied: set[str]) -> bytes:
    """Write the set."""
    values = {parameter.name: _value(parameter, value) for parameter, value in tuned.parameters}
    return msgspec.json.encode(
        {
            "status": "ok",
            "strategy_id": tuned.strategy_id,
            "run_state": tuned.run_state,
            "applied": {name: value for name, value in values.items() if name in applied},
            "rejected": [],
            "revision": tuned.revision,
            "version": tuned.revision,
            "parameters": values,
            "bounds": {parameter.name: _bounds(parameter) for parameter, _ in tuned.parameters},
        }
    )


def stop_body(report: StopReport, flattened: list[Flattening], *, asked: StopAsk) -> bytes:
    """Write what an emergency stop did."""
    pieces = [_flattening(one) for one in flattened]
    is_done = not report.outstanding and all(piece["outcome"] == "filled" for piece in pieces)
    return msgspec.json.encode(
        {
            "status": "stopped" if is_done else "outstanding",
            "kill_switch_active": True,
            "already_active": report.was_active,
            "scope": report.scope,
            "activated_at": timestamp(report.activated_ns),
            "reason": report.reason,
            "orders": [_stopped(one) for one in report.orders],
            "canceled_orders": sum(one.outcome == "canceled" for one in report.orders),
            "outstanding_orders": report.outstanding,
            "flatten": asked.flatten,
            "flattened": pieces,
        }
    )


def _value(parameter: Parameter, value: ParameterValue) -> Any:
    return _number(parse(str(value))) if parameter.kind == "decimal" else value


def _number(steps: int) -> msgspec.Raw:
    return msgspec.Raw(text_of(steps, 0).encode())


def _bounds(parameter: Parameter) -> dict[str, Any]:
    return {
        "type": {"decimal": "number", "float": "number", "int": "integer", "bool": "boolean"}.get(
            parameter.kind, "string"
        ),
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "description": parameter.description,
    }


def _stopped(one: StoppedOrder) -> dict[str, Any]:
    order = one.order
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "strategy_id": order.strategy_id,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": _number(order.quantity),
        "filled_quantity": _number(order.filled_quantity),
        "outcome": one.outcome,
        "status_detail": order.status,
        "in_doubt": order.in_doubt,
    }


def _flattening(one: Flattening) -> dict[str, Any]:
    order, position = one.order, one.position
    return {
        "symbol": position.symbol,
        "strategy_id": position.strategy_id,
        "side": "SELL" if position.quantity > 0 else "BUY",
        "quantity": _number(abs(position.quantity) if order is None else order.quantity),
        "filled_quantity": _number(0 if order is None else order.filled_quantity),
        "order_id": None if order is None else order.order_id,
        "outcome": one.outcome,
        "reason": one.reason or ("" if order is None else order.reason),
    }
