"""What the terminal's lists of orders and of trades are restricted by, read once for both."""

from typing import Annotated

from fastapi import Depends

from openbell.api.deps import Reader
from openbell.api.terminal.schemas import (
    LIST_DEFAULT,
    Cursor,
    FromTime,
    InstrumentFilter,
    ListLimit,
    StrategyFilter,
    ToTime,
)
from openbell.services.orders import OrderFilter


async def _wanted(
    *,
    principal: Reader,
    strategy_id: StrategyFilter = None,
    instrument: InstrumentFilter = None,
    from_time: FromTime = None,
    to_time: ToTime = None,
    limit: ListLimit = LIST_DEFAULT,
    cursor: Cursor = "",
) -> OrderFilter:
    return OrderFilter(
        account_id=principal.account_id,
        strategy_id=strategy_id,
        symbol=instrument,
        from_ns=from_time,
        to_ns=to_time,
        limit=limit,
        cursor=cursor,
    )


Wanted = Annotated[OrderFilter, Depends(_wanted)]
"""Declare `wanted: Wanted` on a route that lists the caller's own, newest first."""
