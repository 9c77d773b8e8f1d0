"""Orders: /api/orders. List, get, place, change and cancel."""

from fastapi import Response
from msgspec.structs import replace

from openbell.api.deps import Deps, Reader, Services, Trader
from openbell.api.errors import ApiError, invalid, not_found
from openbell.api.idempotency import REPLAYED, IdempotentRoute
from openbell.api.limits import Router
from openbell.api.numbers import answer, present
from openbell.api.outcomes import changed_order, placed_order
from openbell.api.terminal.listing import Wanted
from openbell.api.terminal.schemas import IfMatch, ModeFilter, mode_of, revision_of
from openbell.api.terminal.schemas_orders import (
    OrderChange,
    OrderData,
    OrderRequest,
    OrdersAnswer,
    StatusFilter,
    in_our_words,
    order_data,
)
from openbell.domain.order import Order

router = Router(prefix="/api/orders", tag="terminal: orders")
router.route_class = IdempotentRoute


@router.get("", response_model=OrdersAnswer)
async def list_orders(
    services: Deps, _: Reader, wanted: Wanted, status: StatusFilter = None, execution_mode: ModeFilter = None
) -> Response:
    """List own orders, newest first."""
    page = await services.orders.list(replace(wanted, statuses=status), mode=mode_of(execution_mode))
    rows = [written(services, order) for order in page.rows]
    return answer(OrdersAnswer(orders=rows, **present({"next_cursor": page.next_cursor or None})))


@router.post("", status_code=201, response_model=OrderData)
async def place_order(body: OrderRequest, services: Deps, principal: Trader) -> Response:
    """Place an order: 201 once it is durable and past the risk checks, 200 when this id placed it before."""
    outcome = await services.orders.place(
        body.instruction(),
        account_id=principal.account_id,
        strategy_id=body.strategy_id,
        actor=principal.user_id,
        mode=body.mode,
    )
    try:
        placed = placed_order(outcome)
    except ApiError as error:
        raise in_our_words(error) from None
    status, headers = (200, REPLAYED) if placed.is_replay else (201, {})
    return answer(written(services, placed.order), status=status, headers=headers)


@router.get("/{order_id}", response_model=OrderData)
async def get_order(order_id: str, services: Deps, principal: Reader) -> Response:
    """Give one of the own orders, however old."""
    order = await services.orders.get(order_id, account_id=principal.account_id)
    if order is None:
        raise not_found("order", order_id)
    return answer(written(services, order))


@router.put("/{order_id}", response_model=OrderData)
async def modify_order(
    order_id: str, body: OrderChange, services: Deps, principal: Trader, if_match: IfMatch = None
) -> Response:
    """Change a working order; it keeps its id and its revision goes up. A refused change leaves it as it was."""
    if body.quantity is None and body.price is None and body.stop_price is None:
        raise invalid("quantity", "Give at least one of quantity, price and stop_price.")
    outcome = await services.orders.modify(
        order_id,
        account_id=principal.account_id,
        quantity=body.quantity,
        limit_price=body.price,
        stop_price=body.stop_price,
        expected_revision=revision_of(if_match, body.expected_revision),
        actor=principal.user_id,
    )
    try:
        return answer(written(services, changed_order(outcome, order_id)))
    except ApiError as error:
        raise in_our_words(error) from None


@router.delete("/{order_id}", response_model=OrderData)
async def cancel_order(order_id: str, services: Deps, principal: Trader) -> Response:
    """Cancel what is left of an order; the answer waits up to a second for the outcome. Twice is harmless."""
    outcome = await services.orders.cancel(order_id, account_id=principal.account_id, actor=principal.user_id)
    return answer(written(services, changed_order(outcome, order_id)))


def written(services: Services, order: Order) -> OrderData:
    """Write an order with the mode of its account."""
    return order_data(order, services.portfolio.mode(order.account_id))
