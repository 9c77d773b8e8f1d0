"""Promise 5: a storm of duplicates, over all contracts at once, makes one order of each."""

import asyncio
import os
import random
from collections import Counter, defaultdict
from decimal import Decimal

import contract_words as words
from openbell.domain.events import OrderPlaced
from platform_floor import open_floor

CLIENTS, ORDERS = 32, int(os.environ.get("OPENBELL_TEST_DUPLICATES", "100"))
WAYS = {"platform": "/v1/orders", "terminal": "/api/orders", "desk": "/api/v1/orders"}
SEED = 5


async def test_a_storm_of_duplicates_through_three_contracts_makes_one_order_of_each(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "105.00", "105.05")
        ada = await floor.client()
        answers: dict[str, list[tuple[int, str]]] = defaultdict(list)

        async def send_all(number: int) -> None:
            chance = random.Random(SEED + number)  # noqa: S311 - one seed repeats a failure
            for order in chance.sample(range(ORDERS), ORDERS):
                way = chance.choice(list(WAYS))
                body = getattr(words, way)(facts(order))
                answer = await ada.post(WAYS[way], json=body)
                while is_under_way(answer):
                    await asyncio.sleep(chance.random() / 5)
                    answer = await ada.post(WAYS[way], json=body)
                answers[f"storm-{order}"].append((answer.status_code, order_id_in(answer.json())))

        await asyncio.gather(*(send_all(number) for number in range(CLIENTS)))
        placed = [r.event for r in floor.system.database.journal.read(after_seq=0) if isinstance(r.event, OrderPlaced)]
    assert Counter(one.client_order_id for one in placed) == {f"storm-{order}": 1 for order in range(ORDERS)}
    own = {one.client_order_id: one.order_id for one in placed}
    for client_order_id, told in answers.items():
        assert len(told) == CLIENTS
        assert all(code in (200, 201) for code, _ in told), told
        assert {order_id for _, order_id in told} == {own[client_order_id]}, "every answer names the one order"


def facts(order: int) -> dict:
    """The same order every time it is sent, as a client that never heard the answer sends it."""
    limit = Decimal(90 + order % 10)
    return {
        "symbol": "AAPL",
        "side": "BUY",
        "quantity": Decimal(1),
        "type": "LIMIT",
        "limit": limit,
        "client_order_id": f"storm-{order}",
    }


def is_under_way(answer) -> bool:
    """Tell whether the order came while another of its kind was being recorded: its answer follows on asking again."""
    return answer.status_code in (409, 503) and "REQUEST_IN_PROGRESS" in answer.text


def order_id_in(said: dict) -> str:
    """The order id, wherever a contract puts it."""
    for inside in (said, said.get("data"), said.get("order")):
        if isinstance(inside, dict) and "order_id" in inside:
            return inside["order_id"]
    raise AssertionError(said)
