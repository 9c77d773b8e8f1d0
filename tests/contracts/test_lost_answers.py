"""A server that dies between an effect and its answer: the request that comes again finds the effect, and adds none."""

from contextlib import AsyncExitStack

import pytest

from openbell.domain.access import Role
from openbell.ports import Unavailable
from platform_floor import PASSWORD, open_floor

BUY = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "LIMIT", "limit_price": "100.00"}
TERMINAL = {
    "strategy_id": "manual",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 10,
    "order_kind": "LIMIT",
    "price": 100,
    "execution_mode": "PAPER",
}
DESK = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": 10, "price": 100}
STRATEGY = {"kind": "sma_cross", "symbols": ["AAPL"], "config": {"fast": 5, "slow": 20}}
KEY = {"idempotency-key": "k1"}

pytestmark = pytest.mark.line("E3")


async def lost(*_, **__):
    raise Unavailable("the server dies here")


async def signed_in(floor, name="ada"):
    client = await floor.client("guest")
    login = await client.post("/v1/auth/login", json={"username": name, "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {login.json()['access_token']}"
    return client


@pytest.fixture
async def asked_twice(tmp_path, monkeypatch):
    """Send a request whose answer is lost with the server, start again, send it again; give client and answer."""
    async with AsyncExitStack() as second:

        async def ask(method, path, body, *, before=None):
            async with open_floor(tmp_path) as floor:
                floor.price("AAPL", "104.99", "105.01")
                client = await floor.client("ada", Role.ADMIN)
                target = path if before is None else path.format(await before(client))
                monkeypatch.setattr(floor.system.services.answers._store, "keep", lost)
                assert (await client.request(method, target, json=body, headers=KEY)).status_code == 503
            floor = await second.enter_async_context(open_floor(tmp_path))
            floor.price("AAPL", "104.99", "105.01")
            client = await signed_in(floor)
            return client, await client.request(method, target, json=body, headers=KEY)

        yield ask


async def placed(client):
    return (await client.post("/v1/orders", json=BUY)).json()["data"]["order_id"]


@pytest.mark.parametrize(("path", "body"), [("/v1/orders", BUY), ("/api/orders", TERMINAL), ("/api/v1/orders", DESK)])
async def test_an_order_is_not_placed_again(asked_twice, path, body):
    client, answer = await asked_twice("POST", path, body)
    assert answer.status_code == 201, answer.text
    [order] = (await client.get("/v1/orders")).json()["data"]
    assert order["order_id"] in answer.text
    assert (await client.post(path, json=body, headers=KEY)).content == answer.content


async def test_a_denied_order_stays_denied_once(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        client = await floor.client("ada")
        answers = [await client.post("/v1/orders", json=BUY | {"quantity": "5000"}, headers=KEY) for _ in range(2)]
        assert [one.json()["error"]["code"] for one in answers] == ["INSUFFICIENT_FUNDS"] * 2
        assert (await client.get("/v1/orders")).json()["meta"]["total_count"] == 1


async def test_a_change_is_made_once(asked_twice):
    _, answer = await asked_twice("PUT", "/v1/orders/{}", {"limit_price": "99.00"}, before=placed)
    data = answer.json()["data"]
    assert (data["revision"], data["limit_price"]) == (2, "99.00")


async def test_a_strategy_is_made_once_and_started(asked_twice):
    client, answer = await asked_twice("POST", "/v1/strategies", STRATEGY)
    [strategy] = (await client.get("/v1/strategies")).json()["data"]
    assert answer.json()["data"]["strategy_id"] == strategy["strategy_id"]
    assert (answer.status_code, strategy["run_state"]) == (201, "running")


USER = {"email": "new@example.com", "password": PASSWORD}
RUN = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 5, "slow": 20}}


async def test_a_user_is_added_once_with_the_account_that_was_opened(asked_twice):
    client, answer = await asked_twice("POST", "/v1/users", USER)
    assert answer.status_code == 201, answer.text
    users = (await client.get("/v1/users")).json()["data"]
    [added] = [user for user in users if user["email"] == USER["email"]]
    assert answer.json()["data"]["user_id"] == added["user_id"]


async def test_an_account_whose_user_was_not_added_is_the_one_the_user_gets(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as floor:
        client = await floor.client("ada", Role.ADMIN)
        before = len(floor.system.views.accounts())
        monkeypatch.setattr(floor.system.services.users._store, "add_user", lost)
        assert (await client.post("/v1/users", json=USER, headers=KEY)).status_code == 503
        monkeypatch.undo()
        added = (await client.post("/v1/users", json=USER, headers=KEY)).json()["data"]
        accounts = floor.system.views.accounts()
        assert len(accounts) == before + 1 and added["account_id"] in {one.account_id for one in accounts}


async def test_a_run_is_queued_once(asked_twice):
    client, answer = await asked_twice("POST", "/v1/runs", RUN)
    assert answer.status_code == 202, answer.text
    [run] = (await client.get("/v1/runs")).json()["data"]
    assert answer.json()["data"]["run_id"] == run["run_id"]


APPROVAL = {"strategy_id": "s1", "from_mode": "PAPER", "to_mode": "LIVE", "reason": "ready"}


async def with_a_strategy(client):
    await client.post("/v1/strategies", json=STRATEGY | {"strategy_id": "s1"})


async def test_an_approval_is_asked_for_once(asked_twice):
    client, answer = await asked_twice("POST", "/v1/controls/approvals", APPROVAL, before=with_a_strategy)
    assert answer.status_code == 201, answer.text
    [approval] = (await client.get("/v1/controls/approvals")).json()["data"]
    assert answer.json()["data"]["approval_id"] == approval["approval_id"]


async def test_a_key_means_another_run_once_its_answer_is_not_kept_any_more(tmp_path, monkeypatch):
    monkeypatch.setattr("openbell.services.answers.KEPT_NS", 0)
    async with open_floor(tmp_path) as floor:
        client = await floor.client("ada")
        first, second = [await client.post("/v1/runs", json=RUN, headers=KEY) for _ in range(2)]
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["data"]["run_id"] != second.json()["data"]["run_id"]


async def test_another_request_under_the_key_of_a_lost_answer_is_refused(asked_twice):
    client, _ = await asked_twice("POST", "/v1/orders", BUY)
    other = await client.post("/v1/orders", json=BUY | {"quantity": "1"}, headers=KEY)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
