"""What somebody types may be recorded in any words: it stops neither the orders beside it nor the one who records."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from live_system import live_system
from openbell.adapters.sql.database import beside_server
from openbell.ports import AuditFilter
from waiting import until

ORDER = {"symbol": "AAPL", "side": "BUY", "order_type": "LIMIT", "limit_price": "1.00", "quantity": "1"}
NAMES = ("nobody\u0000@example.com", "nobody\u0000", "\u0000")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@asynccontextmanager
async def writer_kept_waiting(data_dir, url):
    """Hold what the writer needs, so that what is asked meanwhile is committed together."""
    held, go_on = threading.Event(), threading.Event()

    def hold(connection) -> None:
        connection.exec_driver_sql("UPDATE leases SET holder = holder")
        held.set()
        go_on.wait()

    holding = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(beside_server(data_dir, url).write(hold))))
    await until(held.is_set)
    try:
        yield
    finally:
        go_on.set()
        await holding


@pytest.mark.line("D1")
async def test_a_name_that_no_store_could_keep_does_not_halt_the_orders_beside_it(database_url, tmp_path):
    async with live_system(tmp_path / "data", database_url=database_url) as live, live.signed_in() as client:
        live.quote("AAPL", "150.00")
        async with writer_kept_waiting(tmp_path / "data", database_url):
            strangers = [
                asyncio.ensure_future(live.client().post("/v1/auth/login", json={"email": name, "password": "x" * 12}))
                for name in NAMES
            ]
            await asyncio.sleep(0.5)
            placed = asyncio.ensure_future(client.post("/v1/orders", json=ORDER))
            await until(lambda: live.system.database.journal.backlog)
        assert ((await placed).status_code, live.engine.halted) == (201, "")
        assert [one.status_code for one in await asyncio.gather(*strangers)] == [400] * len(NAMES)
        seen = await live.services.audit.list(AuditFilter(action="auth.login"))
        assert {row.entry.subject for row in seen.rows} >= {"nobody\ufffd@example.com", "nobody\ufffd", "\ufffd"}
        assert (await live.services.audit.check()).problem == ""
