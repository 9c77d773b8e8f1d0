"""What the HTTP peers answer with: 20 positions of about 4 kB together, and 1,000 candles of about 100 kB."""

POSITIONS = [
    {
        "position_id": f"pos-{number:012d}",
        "account_id": "acc-000000000001",
        "symbol": f"COIN{number:02d}/USD",
        "side": "LONG",
        "quantity": "1.50000000",
        "average_price": "100.10000000",
        "mark_price": "101.25000000",
        "market_value": "151.87500000",
        "unrealized_pnl": "1.72500000",
        "realized_pnl": "0.00000000",
        "opened_at": "2026-01-01T00:00:00Z",
    }
    for number in range(20)
]
CANDLES = [
    {
        "timestamp": "2026-01-01T00:00:00Z",
        "open": 50000.1,
        "high": 50010.2,
        "low": 49990.3,
        "close": 50005.4,
        "volume": 12.5,
    }
    for _ in range(1_000)
]
