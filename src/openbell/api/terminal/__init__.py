"""The terminal contract: /api (but not /api/v1). Decimals are JSON numbers here."""

from openbell.api.terminal import auth, market_data, orders, positions, risk, strategies, trades

ROUTERS = (
    auth.router,
    strategies.router,
    market_data.router,
    orders.router,
    positions.router,
    trades.router,
    risk.router,
)
