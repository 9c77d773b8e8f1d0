"""The audit log: every action that moves money or permissions leaves a row, and no row can go or change unseen."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from live_system import ADMIN, PASSWORD, live_system
from openbell.cli.main import app as cli

BUY = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "LIMIT", "limit_price": "30000"}


async def rows(client, **wanted):
    answer = await client.get("/v1/audit", params={"per_page": 100, **wanted})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def actions(client, **wanted):
    return [(row["action"], row["outcome"]) for row in await rows(client, **wanted)][::-1]


async def test_orders_of_people_are_recorded_with_who_and_from_where(live, admin):
    order = (await admin.post("/v1/orders", json=BUY)).json()["data"]
    await admin.put(f"/v1/orders/{order['order_id']}", json={"quantity": "0.05"})
    await admin.delete(f"/v1/orders/{order['order_id']}")
    found = [row for row in await rows(admin) if row["action"].startswith("order.")][::-1]
    assert [row["action"] for row in found] == ["order.place", "order.modify", "order.cancel"]
    first = found[0]
    me = (await admin.get("/v1/auth/me")).json()["data"]
    assert first["actor"] == me["user_id"] and first["client_ip"] == "203.0.113.9"
    assert first["contract"] == "platform" and first["credential"].startswith("session:")
    assert first["subject"] == order["order_id"] and first["detail"]["limit_price"] == "30000"


async def test_a_denied_order_is_recorded_with_its_reason(admin):
    await admin.post("/v1/orders", json=BUY | {"quantity": "10"})
    assert ("order.place", "refused INSUFFICIENT_FUNDS") in await actions(admin)


async def test_a_request_sent_twice_is_recorded_once(admin):
    for _ in range(2):
        await admin.post("/v1/orders", json=BUY, headers={"idempotency-key": "once"})
        await admin.post("/v1/orders", json=BUY | {"client_order_id": "mine"})
    said = [action for action, _ in await actions(admin)]
    assert said.count("order.place") == 2 and "orders.post" not in said


async def test_signing_in_failing_to_and_out_is_recorded_without_the_password(live, admin):
    await admin.post("/v1/auth/login", json={"email": ADMIN, "password": "wrong"})
    await admin.post("/v1/auth/logout")
    async with live.signed_in() as again:
        found = await rows(again)
    said = [(row["action"], row["outcome"], row["subject"]) for row in found][::-1]
    assert ("auth.login", "done", ADMIN) in said and ("auth.login", "refused INVALID_CREDENTIALS", ADMIN) in said
    assert ("auth.logout", "done", "") in said
    assert PASSWORD not in str(found) and "wrong" not in str(found) and "eyJ" not in str(found)
    signed_in = next(row for row in found if row["action"] == "auth.login" and row["outcome"] == "done")
    assert signed_in["actor"].startswith("usr_")


async def test_users_roles_and_keys_are_recorded_once_each(admin):
    user = {"email": "eve@example.com", "username": "eve", "password": PASSWORD, "role": "user"}
    user_id = (await admin.post("/v1/users", json=user)).json()["data"]["user_id"]
    await admin.patch(f"/v1/users/{user_id}", json={"role": "read-only"})
    key = (await admin.post("/v1/keys", json={"name": "bot"})).json()["data"]
    await admin.delete(f"/v1/keys/{key['key_id']}")
    await admin.delete(f"/v1/users/{user_id}")
    said = [(row["action"], row["subject"]) for row in (await rows(admin))[::-1]]
    wanted = [
        ("user.create", user_id),
        ("user.update", user_id),
        ("key.create", key["key_id"]),
        ("key.revoke", key["key_id"]),
        ("user.delete", user_id),
    ]
    assert [pair for pair in said if pair[0].split(".")[0] in {"user", "key"}] == wanted
    assert key["api_key"] not in str(await rows(admin))


async def test_strategies_and_kill_switches_are_recorded(admin):
    made = {"kind": "sma_cross", "strategy_id": "s1", "symbols": ["BTC/USD"], "name": "one"}
    assert (await admin.post("/v1/strategies", json=made)).status_code == 201
    await admin.patch("/v1/strategies/s1", json={"status": "active"})
    await admin.post("/v1/controls/kill-switch", json={"action": "activate", "strategy_id": "s1", "reason": "odd"})
    await admin.post("/v1/controls/kill-switch", json={"action": "deactivate", "strategy_id": "s1", "reason": "fine"})
    await admin.delete("/v1/strategies/s1")
    said = [action for action, outcome in await actions(admin) if action.startswith(("strategy", "kill"))]
    assert said == [
        "strategy.create",
        "strategy.run",
        "kill_switch.activate",
        "kill_switch.release",
        "strategy.run",
        "strategy.delete",
    ]


async def test_what_a_role_forbids_is_recorded_too(live, admin):
    await live.add("eve")
    async with live.signed_in("eve@example.com") as eve:
        assert (await eve.delete("/v1/users/usr_x")).status_code == 403
        assert (await eve.get("/v1/audit")).status_code == 403
    assert ("user.delete", "refused FORBIDDEN") in await actions(admin)


async def test_the_log_is_filtered_and_paged(admin):
    for _ in range(3):
        await admin.post("/v1/orders", json=BUY)
    assert {row["action"] for row in await rows(admin, action="order.place")} == {"order.place"}
    page = (await admin.get("/v1/audit", params={"action": "order.place", "per_page": 2})).json()
    rest = await rows(admin, action="order.place", cursor=page["meta"]["next_cursor"])
    assert page["meta"]["total_count"] == 3 and [row["sequence"] for row in page["data"]][1] > rest[0]["sequence"]
    assert await rows(admin, actor="usr_nobody") == []
    assert await rows(admin, to_date="2020-01-01") == []


# ---------------------------------------------------------------- the chain


@pytest.fixture
async def data_dir(tmp_path):
    """A directory whose server has recorded some rows and stopped."""
    async with live_system(tmp_path / "data") as live, live.signed_in() as admin:
        live.quote("BTC/USD", "40000")
        for _ in range(4):
            await admin.post("/v1/orders", json=BUY)
    return tmp_path / "data"


def tamper(data_dir, *statements):
    with closing(sqlite3.connect(data_dir / "openbell.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def verify(data_dir):
    return CliRunner().invoke(cli, ["audit", "verify", "--data-dir", str(data_dir)])


def test_a_whole_log_is_verified(data_dir):
    result = verify(data_dir)
    assert result.exit_code == 0 and "whole" in result.stdout


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET outcome = 'refused' WHERE sequence = 3", "row 3"),
        ("UPDATE audit SET detail = '{}' WHERE sequence = 2", "row 2"),
        ("DELETE FROM audit WHERE sequence = 3", "row 3"),
        ("DELETE FROM audit WHERE sequence >= 4", "row 4"),
        ("DELETE FROM audit", "row 1"),
        ("DELETE FROM audit_head", "row 1"),
        ("UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit WHERE sequence = 3)", "row 3"),
    ],
)
def test_a_changed_removed_or_cut_off_row_is_named(data_dir, statement, broken):
    tamper(data_dir, statement)
    result = verify(data_dir)
    assert result.exit_code == 1 and broken in result.stderr


def test_a_row_made_up_with_a_right_hash_is_named_all_the_same(data_dir):
    copied = "SELECT sequence + 1, ts_ns, actor_id, role, credential, contract, client_ip, request_id, action, subject"
    tamper(data_dir, f"INSERT INTO audit {copied}, outcome, detail, hash, hash FROM audit ORDER BY 1 DESC LIMIT 1")
    assert verify(data_dir).exit_code == 1


async def test_a_log_cut_short_stays_broken_however_much_is_added(data_dir):
    tamper(data_dir, "DELETE FROM audit WHERE sequence >= 4")
    async with live_system(data_dir) as live, live.signed_in():
        pass
    result = await asyncio.to_thread(verify, data_dir)
    assert result.exit_code == 1 and "row 4" in result.stderr


async def test_the_command_line_is_recorded_beside_a_running_server(tmp_path):
    async with live_system(tmp_path / "data") as live, live.signed_in() as admin:
        command = ["keys", "create", ADMIN, "--data-dir", str(tmp_path / "data")]
        made = await asyncio.to_thread(CliRunner().invoke, cli, command)
        assert made.exit_code == 0, made.output
        await admin.post("/v1/auth/logout")
    command = ["audit", "list", "--json", "--data-dir", str(tmp_path / "data")]
    listed = await asyncio.to_thread(CliRunner().invoke, cli, command)
    assert '"key.create"' in listed.stdout and '"operator"' in listed.stdout
    assert (await asyncio.to_thread(verify, tmp_path / "data")).exit_code == 0
