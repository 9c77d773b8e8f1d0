"""Orders: /api/v1/orders. Create, list, get, change and cancel."""

from typing import Annotated

from fastapi import Header, Query, Response

from openbell.api.deps import Deps, Reader, Trader
from openbell.api.desk.placing import changed_order, placed_order, within
from openbell.api.desk.schemas import OrderAnswer, OrderChange, OrderRequest, OrdersAnswer, StatusFilter
from openbell.api.errors import not_found
from openbell.api.idempotency import REPLAYED, IdempotentRoute
from openbell.api.limits import Router
from openbell.api.numbers import encoded
from openbell.api.paging import Paged
from openbell.domain.order import Order
from openbell.services.orders import OrderFilter
from openbell.streaming.desk_messages import order_data

router = Router(prefix="/api/v1/orders", tag="desk")
router.route_class = IdempotentRoute

IfMatch = Annotated[str | None, Header(pattern=r'^"?\d{1,9}"?$', description="Revision the change is meant for.")]
SymbolFilter = Annotated[str | None, Query(max_length=96, description="Only this instrument.")]
StrategyFilter = Annotated[str | None, Query(max_length=64, description="Only this strategy.")]
ClientOrderId = Annotated[str | None, Query(max_length=64, description="Only the order with this id of yours.")]


@router.post("", status_code=201, response_model=OrderAnswer)
async def create_order(body: OrderRequest, services: Deps, principal: Trader) -> Response:
    """Place an order: 201 once it is durable and past the risk checks, 200 when this id placed it before."""
    placed = await services.orders.place(
        body.instruction(), account_id=principal.account_id, strategy_id=body.strategy_id, actor=principal.user_id
    )
    order, is_replay = placed_order(placed)
    return _shown(order, status=200, headers=REPLAYED) if is_replay else _shown(order, status=201)


@router.get("", response_model=OrdersAnswer)
async def list_desk_orders(
    *,
    services: Deps,
    principal: Reader,
    paging: Paged,
    status: StatusFilter,
    symbol: SymbolFilter = None,
    strategy_id: StrategyFilter = None,
    client_order_id: ClientOrderId = None,
) -> Response:
    """List one's own orders, newest first."""
    wanted = OrderFilter(
        account_id=principal.account_id,
        symbol=symbol,
        statuses=status,
        strategy_id=strategy_id,
        client_order_id=client_order_id,
        offset=paging.offset,
        limit=paging.per_page,
        cursor=paging.cursor,
    )
    page = await services.orders.list(wanted)
    meta = paging.meta(total=page.total, next_cursor=page.next_cursor)
    return encoded({"orders": [order_data(order) for order in page.rows], **meta})


@router.get("/{order_id}", response_model=OrderAnswer)
async def get_desk_order(order_id: str, services: Deps, principal: Reader) -> Response:
    """Give one order, however old."""
    order = await services.orders.get(order_id, account_id=within(principal))
    if order is None:
        raise not_found("order", order_id)
    return _shown(order)


@router.put("/{order_id}", response_model=OrderAnswer)
async def modify_desk_order(
    order_id: str, body: OrderChange, services: Deps, principal: Trader, if_match: IfMatch = None
) -> Response:
    """Change a working order; it keeps its id and its revision goes up. A refused change leaves it as it was."""
    changed = await services.orders.modify(
        order_id,
        account_id=within(principal),
        quantity=body.quantity,
        limit_price=body.price,
        stop_price=body.stop_price,
        expected_revision=int(if_match.strip('"')) if if_match else body.expected_revision,
        actor=principal.user_id,
    )
    return _shown(changed_order(changed, order_id))


@router.delete("/{order_id}", response_model=OrderAnswer)
async def cancel_desk_order(order_id: str, services: Deps, principal: Trader) -> Response:
    """Cancel what is left of an order; the answer waits up to a second for the outcome. Twice is harmless."""
    cancelled = await services.orders.cancel(order_id, account_id=within(principal), actor=principal.user_id)
    return _shown(changed_order(cancelled, order_id))


def _shown(order: Order, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return encoded(order_data(order), status=status, headers=headers)
