"""Orders: /v1/orders. Place, change, cancel, list and get."""

from typing import Annotated

from fastapi import Header, Query, Response

from openbell.api.deps import Deps, Reader, Trader
from openbell.api.errors import invalid, not_found
from openbell.api.idempotency import REPLAYED, IdempotentRoute
from openbell.api.limits import Router
from openbell.api.outcomes import changed_order, placed_order
from openbell.api.paging import Paged
from openbell.api.platform.schemas import (
    FromDate,
    ModeFilter,
    Reach,
    StrategyFilter,
    SymbolFilter,
    ToDate,
    page_meta,
    within,
)
from openbell.api.platform.schemas_orders import (
    OrderAnswer,
    OrderChange,
    OrderMessage,
    OrderRequest,
    OrdersAnswer,
    SideFilter,
    StatusFilter,
    order_data,
)
from openbell.api.platform.schemas_preview import PreviewAnswer, preview_data
from openbell.domain.order import Order
from openbell.domain.risk import Refusal
from openbell.services.orders import OrderConflict, OrderFilter, OrderInFlight, Placed

router = Router(prefix="/v1/orders", tag="orders")
router.route_class = IdempotentRoute

IfMatch = Annotated[str | None, Header(pattern=r'^"?\d{1,9}"?$', description="Revision the change is meant for.")]
ClientOrderId = Annotated[str | None, Query(max_length=64, description="Only the order with this id of yours.")]


@router.post("", status_code=201)
async def place_order(body: OrderRequest, services: Deps, principal: Trader, response: Response) -> OrderAnswer:
    """Place an order: 201 once it is durable and past the risk checks, 200 when this id placed it before."""
    placed = await services.orders.place(
        body.instruction(),
        account_id=principal.account_id,
        strategy_id=body.strategy_id,
        actor=principal.user_id,
        mode=body.mode,
    )
    return OrderAnswer(data=order_data(_order_of(placed, response)))


@router.post("/preview")
async def preview_order(body: OrderRequest, services: Deps, principal: Trader) -> PreviewAnswer:
    """Say what would become of an order, were it placed now: the gate's answer and its numbers. Nothing is kept."""
    seen = await services.orders.preview(
        body.instruction(), account_id=principal.account_id, strategy_id=body.strategy_id, mode=body.mode
    )
    return PreviewAnswer(data=preview_data(seen))


@router.get("")
async def list_orders(
    *,
    services: Deps,
    _: Reader,
    account_id: Reach,
    paging: Paged,
    strategy_id: StrategyFilter = None,
    symbol: SymbolFilter = None,
    side: SideFilter = None,
    status: StatusFilter,
    mode: ModeFilter = None,
    client_order_id: ClientOrderId = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
) -> OrdersAnswer:
    """List orders, newest first."""
    wanted = OrderFilter(
        account_id=account_id,
        strategy_id=strategy_id,
        symbol=symbol,
        side=side,
        statuses=status,
        client_order_id=client_order_id,
        from_ns=from_date,
        to_ns=to_date,
        offset=paging.offset,
        limit=paging.per_page,
        cursor=paging.cursor,
    )
    page = await services.orders.list(wanted, mode=mode)
    return OrdersAnswer(data=[order_data(order) for order in page.rows], meta=page_meta(paging, page))


@router.get("/{order_id}")
async def get_order(order_id: str, services: Deps, _: Reader, account_id: Reach) -> OrderAnswer:
    """Give one order, however old."""
    order = await services.orders.get(order_id, account_id=account_id)
    if order is None:
        raise not_found("order", order_id)
    return OrderAnswer(data=order_data(order))


@router.put("/{order_id}")
async def modify_order(
    order_id: str, body: OrderChange, services: Deps, principal: Trader, if_match: IfMatch = None
) -> OrderMessage:
    """Change a working order; it keeps its id and its revision goes up. A refused change leaves it as it was."""
    if body.quantity is None and body.limit_price is None and body.stop_price is None:
        raise invalid("quantity", "Give at least one of quantity, limit_price and stop_price.")
    changed = await services.orders.modify(
        order_id,
        account_id=within(principal.account_id, principal.role),
        quantity=body.quantity,
        limit_price=body.limit_price,
        stop_price=body.stop_price,
        expected_revision=int(if_match.strip('"')) if if_match else body.expected_revision,
        actor=principal.user_id,
    )
    order = changed_order(changed, order_id)
    return OrderMessage(message=f"Order is at revision {order.revision}", data=order_data(order))


@router.delete("/{order_id}")
async def cancel_order(order_id: str, services: Deps, principal: Trader) -> OrderMessage:
    """Cancel what is left of an order; the answer waits up to a second for the outcome. Twice is harmless."""
    account_id = within(principal.account_id, principal.role)
    outcome = await services.orders.cancel(order_id, account_id=account_id, actor=principal.user_id)
    order = changed_order(outcome, order_id)
    return OrderMessage(message="Cancel requested" if order.is_open else "Order cancelled", data=order_data(order))


def _order_of(placed: Placed | OrderConflict | OrderInFlight | Refusal, response: Response) -> Order:
    """Give the order that stands, or say why there is none."""
    stands = placed_order(placed)
    if stands.is_replay:
        response.status_code = 200
        response.headers.update(REPLAYED)
    return stands.order
