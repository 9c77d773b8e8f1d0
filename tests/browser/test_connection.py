"""The server goes away and comes back: nothing is lost on the way, and old data is not shown as new."""

import signal

import pytest

from started_server import EMAIL, PASSWORD, Server
from waiting import until_so


def place(server: Server, name: str) -> None:
    order = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.01", "order_type": "MARKET", "client_order_id": name}
    client = server.client()
    # A market that has just opened has no price for a moment.
    until_so(lambda: client.post("/v1/orders/preview", json=order).json()["data"]["accepted"])
    answer = client.post("/v1/orders", json=order)
    assert answer.status_code == 201, answer.text


@pytest.mark.timeout(300)
def test_a_lost_connection_is_told_and_recovered_without_a_gap(tmp_path, visit):
    server = Server(tmp_path / "data", rate_limits="off").start()
    try:
        desk = visit(server)
        desk.sign_in(EMAIL, PASSWORD)
        desk.arrive()
        desk.open("/orders")
        place(server, "before")
        desk.table("Orders").get_by_role("row").nth(1).wait_for()
        server.stop(signal.SIGKILL)
        desk.sees("Connection lost")
        server.start()
        place(server, "while-away")
        desk.come_back()
        desk.table("Orders").get_by_role("row").nth(2).wait_for()
        desk.page.get_by_text("Connection lost").wait_for(state="detached")
        line = desk.line()
        assert line["gaps"] == "0" and int(line["reconnects"]) >= 1
        assert int(line["seq"]) > 0
    finally:
        server.end()
