"""Every adapter of the durable ports, one after the other, over real files; and events to put into them."""

import asyncio
from itertools import count
from pathlib import Path

import pytest

from openbell.adapters.sql.database import Database, open_database
from openbell.domain.alert import Severity
from openbell.domain.events import AlertRaised, Event, OrderPlaced, Recorded
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import SCALE
from openbell.ports import JournalFailed


class Script:
    """Numbers events as the core does: one journal, one stream an account."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self._account_seq: dict[str, int] = {}
        self._ids = count(1)

    def record(self, event: Event, *, account_id: str = "acc", ts_ns: int | None = None) -> Recorded:
        number = self._account_seq[account_id] = self._account_seq.get(account_id, 0) + 1
        seq = len(self.records) + 1
        self.records.append(Recorded(seq, ts_ns or seq * 1_000, account_id, number, event))
        return self.records[-1]

    def place(self, *, account_id: str = "acc", ts_ns: int | None = None, **changes) -> Recorded:
        number = next(self._ids)
        fields = {
            "order_id": f"o{number}",
            "client_order_id": f"c{number}",
            "account_id": account_id,
            "strategy_id": "manual",
            "symbol": "AAPL",
            "side": Side.BUY,
            "quantity": 10 * SCALE,
            "order_type": OrderType.LIMIT,
            "limit_price": 150 * SCALE,
            "stop_price": None,
            "time_in_force": TimeInForce.GTC,
            "post_only": False,
            "reduce_only": False,
        }
        return self.record(OrderPlaced(**{**fields, **changes}), account_id=account_id, ts_ns=ts_ns)

    def alert(
        self, *, account_id: str = "acc", severity: Severity = Severity.INFO, ts_ns: int | None = None
    ) -> Recorded:
        alert_id = f"a{next(self._ids)}"
        event = AlertRaised(alert_id=alert_id, account_id=account_id, severity=severity, code="X", message="seen")
        return self.record(event, account_id=account_id, ts_ns=ts_ns)


async def append(journal, *records: Recorded) -> JournalFailed | None:
    """Append and wait for what the callback is told."""
    told: asyncio.Future[JournalFailed | None] = asyncio.get_running_loop().create_future()
    journal.append(records, told.set_result)
    return await told


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def durable():
    """Append that waits."""
    return append


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Where the database of this test is; '' is the file in its data directory."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def reopen(database_url: str, tmp_path: Path):
    """Open the database of this test, again after it was closed."""
    opened: list[Database] = []

    def open_again(**settings) -> Database:
        for database in opened:
            database.close()
        opened.append(open_database(tmp_path / "data", url=database_url, **settings))
        return opened[-1]

    yield open_again
    for database in opened:
        database.close()


@pytest.fixture
def database(reopen) -> Database:
    return reopen()
