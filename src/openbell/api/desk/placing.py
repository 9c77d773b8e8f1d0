"""From what became of an order to what the guide's contract says about it, by HTTP and over the socket alike."""

from openbell.api.errors import ApiError, Detail, not_found, refused
from openbell.domain.access import Principal, Role
from openbell.domain.order import Order
from openbell.domain.risk import Refusal
from openbell.services.orders import Changed, OrderConflict, OrderInFlight, Placed


def within(caller: Principal) -> str | None:
    """Give whose orders a caller may touch: an admin everybody's, others their own."""
    return None if caller.role is Role.ADMIN else caller.account_id


def placed_order(placed: Placed | OrderConflict | OrderInFlight | Refusal) -> tuple[Order, bool]:
    """Give the order that stands, and whether an earlier request placed it. Raises ApiError."""
    match placed:
        case OrderInFlight():
            text = "The first request with this client_order_id is under way."
            raise ApiError(409, "REQUEST_IN_PROGRESS", text, retry_after_s=1)
        case OrderConflict(fields=fields):
            details = [Detail(_ours(name), "The order with this client_order_id has another value.") for name in fields]
            text = "This client_order_id belongs to another order."
            raise ApiError(422, "CLIENT_ORDER_ID_REUSED", text, details=details)
        case Placed(order=order, is_replay=is_replay, refusal=None):
            return order, is_replay
        case Placed(order=order, refusal=Refusal() as refusal):
            denied = _refused(refusal)
            denied.details = [*denied.details, Detail("order_id", order.order_id)]
            raise denied
        case Refusal() as refusal:
            raise _refused(refusal)
        case _:
            raise AssertionError(placed)


def changed_order(changed: Changed | Refusal | None, order_id: str) -> Order:
    """Give the order after a change or cancel. Raises ApiError."""
    match changed:
        case Changed(order=order):
            return order
        case None:
            raise not_found("order", order_id)
        case refusal:
            raise _refused(refusal)


def _refused(refusal: Refusal) -> ApiError:
    said = refused(refusal)
    said.details = [Detail(_ours(detail.field), detail.message) for detail in said.details]
    return said


def _ours(field: str) -> str:
    return {"limit_price": "price", "order_type": "type"}.get(field, field)
