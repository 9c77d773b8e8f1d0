"""Orders: place, change, cancel, look at."""

from datetime import datetime
from decimal import Decimal

import msgspec

from openbell.client.call import Call, Page, Repeat, body_of, data_of, page_of, place, query_of
from openbell.client.core import Ask, Flow
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.models.orders import NewOrder, Order, OrderStatus, Preview

_order = data_of(Order)
_orders = page_of(Order)
_preview = data_of(Preview)


def place_order(order: NewOrder) -> Call[Order]:
    """Place an order. Sent again without harm: the client order id makes one order of all attempts.

    Raises Refused or Conflict when the gate says no, and OutcomeUnknown when no answer came.
    """
    body = body_of(msgspec.structs.asdict(order))
    return Call(method="POST", path="/v1/orders", body=body, read=_order)


def preview_order(order: NewOrder) -> Call[Preview]:
    """Ask the gate about an order without placing it."""
    body = body_of(msgspec.structs.asdict(order))
    return Call(method="POST", path="/v1/orders/preview", body=body, read=_preview)


def get_order(order_id: str) -> Call[Order]:
    """Give one order, however old."""
    return Call(method="GET", path=place("v1", "orders", order_id), read=_order)


def find_order(client_order_id: str) -> Flow[Order | None]:
    """Give the order with an id of yours, or None when there is none."""
    found = yield Ask(list_orders(client_order_id=client_order_id, per_page=1))
    return found.data[0] if found.data else None


def modify_order(
    order_id: str,
    *,
    quantity: Decimal | None = None,
    limit_price: Decimal | None = None,
    stop_price: Decimal | None = None,
    expected_revision: int | None = None,
) -> Call[Order]:
    """Change a working order. With `expected_revision` it raises Conflict when somebody else was faster."""
    body = body_of(
        {
            "quantity": quantity,
            "limit_price": limit_price,
            "stop_price": stop_price,
            "expected_revision": expected_revision,
        }
    )
    return Call(method="PUT", path=place("v1", "orders", order_id), body=body, read=_order, is_keyed=True)


def cancel_order(order_id: str) -> Call[Order]:
    """Cancel what is left of an order; twice is harmless."""
    return Call(method="DELETE", path=place("v1", "orders", order_id), read=_order, repeat=Repeat.ALWAYS)


def list_orders(
    *,
    symbol: str | None = None,
    strategy_id: str | None = None,
    status: OrderStatus | str | None = None,
    client_order_id: str | None = None,
    mode: str | None = None,
    from_date: datetime | str | None = None,
    to_date: datetime | str | None = None,
    scope: str | None = None,
    per_page: int = 100,
) -> Call[Page[Order]]:
    """List orders, newest first. The range is [from_date, to_date); `scope="all"` is for admins."""
    query = query_of(
        {
            "symbol": symbol,
            "strategy_id": strategy_id,
            "status": status,
            "client_order_id": client_order_id,
            "mode": mode,
            "from_date": from_date,
            "to_date": to_date,
            "scope": scope,
            "per_page": per_page,
        }
    )
    return Call(method="GET", path="/v1/orders", query=query, read=_orders)


class OrderMethods:
    """Everything about orders."""

    place = Endpoint(place_order)
    preview = Endpoint(preview_order)
    get = Endpoint(get_order)
    find = Endpoint(find_order)
    modify = Endpoint(modify_order)
    cancel = Endpoint(cancel_order)
    list = Endpoint(list_orders)
    iter = Listing(list_orders)


class Orders(OrderMethods, Resource):
    """Orders, blocking."""


class AsyncOrders(OrderMethods, AsyncResource):
    """Orders, awaited."""
