"""P13, C9: one error shape, the listed statuses, and nothing of the inside."""

from typing import Annotated

import pytest
from fastapi import Query
from pydantic import BaseModel

from edge_system import build
from openbell.api.errors import STATUS_OF_ACCESS, STATUS_OF_REFUSAL, refused
from openbell.api.limits import Router
from openbell.api.values import Steps
from openbell.domain.risk import Refusal, RefusalCode
from openbell.ports import JournalFailed
from openbell.services.refused import AccessCode

LISTED = {400, 401, 403, 404, 409, 422, 429, 503}

router = Router(prefix="/test", tag="test")


class Leg(BaseModel):
    """Part of an order."""

    quantity: Steps


class Order(BaseModel):
    """Something nested."""

    legs: list[Leg]


@router.post("/order")
async def place(body: Order) -> list[int]:
    return [leg.quantity for leg in body.legs]


@router.get("/list")
async def listed(limit: Annotated[int, Query(le=100)] = 1) -> int:
    return limit


@router.get("/bug")
async def bug() -> None:
    raise RuntimeError("secret of the house")


@router.get("/journal")
async def journal() -> None:
    raise JournalFailed("disk at /secret/place")


@router.get("/refused/{code}")
async def refuse(code: RefusalCode) -> None:
    raise refused(Refusal(code, "Buy less.", "quantity"))


@pytest.fixture
def system():
    return build(router=router)


@pytest.mark.line("P13")
def test_every_reason_has_a_listed_status():
    assert set(STATUS_OF_REFUSAL) == set(RefusalCode)
    assert set(STATUS_OF_ACCESS) == set(AccessCode)
    assert {*STATUS_OF_REFUSAL.values(), *STATUS_OF_ACCESS.values()} <= LISTED


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/v1/auth/me", 401, "UNAUTHORIZED"),
        ("DELETE", "/health", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "/health", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/test/list?limit=101", 400, "VALIDATION_ERROR"),
        ("GET", "/test/bug", 500, "INTERNAL_ERROR"),
        ("GET", "/test/journal", 503, "SERVICE_UNAVAILABLE"),
        ("GET", "/test/refused/UNKNOWN_ORDER", 404, "UNKNOWN_ORDER"),
        ("GET", "/test/refused/UNKNOWN_SYMBOL", 400, "UNKNOWN_SYMBOL"),
        ("GET", "/test/refused/INSUFFICIENT_FUNDS", 400, "INSUFFICIENT_FUNDS"),
        ("GET", "/test/refused/KILL_SWITCH", 409, "KILL_SWITCH"),
        ("GET", "/test/refused/ORDER_RATE", 429, "ORDER_RATE"),
        ("GET", "/test/refused/TRADING_HALTED", 503, "TRADING_HALTED"),
    ],
)
@pytest.mark.line("P13", "C9")
async def test_every_error_has_the_one_shape(client, method, path, status, code):
    answer = await client.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert {"code", "message", "details", "timestamp"} <= body["error"].keys()
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["error"]["timestamp"] == "2027-01-15T08:00:00Z"
    assert "secret" not in answer.text


async def test_what_may_be_tried_again_says_when(client):
    answer = await client.get("/test/journal")
    assert answer.headers["retry-after"] == str(answer.json()["error"]["retry_after"]) == "1"


@pytest.mark.line("P13", "C9")
async def test_each_wrong_field_is_named_by_its_path(client):
    answer = await client.post("/test/order", json={"legs": [{"quantity": "1"}, {"quantity": "1e5"}, {}]})
    assert answer.status_code == 400
    details = {d["field"]: d["message"] for d in answer.json()["error"]["details"]}
    assert details.keys() == {"legs.1.quantity", "legs.2.quantity"}
    assert "plain decimal" in details["legs.1.quantity"]


@pytest.mark.line("P13")
async def test_what_was_sent_is_never_repeated(client):
    answer = await client.post("/test/order", json={"legs": [{"quantity": "canary" * 100}] * 1_000})
    assert answer.status_code == 400
    assert "canary" not in answer.text
    assert len(answer.json()["error"]["details"]) == 50


async def test_problem_json_is_given_to_who_asks(client):
    answer = await client.get("/v1/auth/me", headers={"accept": "application/problem+json"})
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["title"], body["code"]) == (401, "Unauthorized", "UNAUTHORIZED")
    assert body["request_id"] == answer.headers["x-request-id"]
