"""What is decided without I/O: when a call is sent again, with what, and which error comes of it."""

import json
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from openbell.client import (
    Backoff,
    Conflict,
    Forbidden,
    NewOrder,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retries,
    Side,
    Unauthorized,
    Unavailable,
)
from openbell.client.access import create_key
from openbell.client.call import Page, PageMeta, body_of, next_page
from openbell.client.core import Alone, Core, Failed, Pause, Reply, Send
from openbell.client.errors import error_of
from openbell.client.orders import cancel_order, list_orders, modify_order, place_order
from openbell.client.session import Session

LIFE = b'{"status":"healthy","version":"1","uptime_seconds":1}'
ORDER = NewOrder(symbol="BTC/USD", side=Side.BUY, quantity=Decimal("0.1"))
PAGE = b'{"data":[],"meta":{"total_count":0,"page":1,"per_page":100,"next_cursor":null}}'
CUT, NOT_SENT = Failed("cut", is_sent=True), Failed("refused", is_sent=False)


def tokens(name, life=3600):
    return Reply(200, {}, json.dumps({"access_token": name, "refresh_token": f"r-{name}", "expires_in": life}).encode())


def error(status, code="X", **headers):
    return Reply(status, headers, json.dumps({"error": {"code": code, "message": "no"}, "request_id": "q"}).encode())


class Script:
    """Answers sends from a list and notes everything that was done."""

    def __init__(self, *answers, **session):
        self.answers = list(answers)
        self.sent, self.pauses = [], []
        self.now = 0.0
        session = session or {"api_key": "key"}
        self.core = Core(Session(**session), retries=Retries(), clock=lambda: self.now, draw=lambda: 0.5)

    def run(self, flow):
        outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return end.value
            match step:
                case Send():
                    self.sent.append(step)
                    outcome = self.answers.pop(0)
                case Pause(seconds=seconds):
                    self.pauses.append(seconds)
                    outcome = None
                case Alone(flow=inner):
                    outcome = self.run(inner())

    def perform(self, call):
        return self.run(self.core.perform(call))

    @property
    def bearers(self):
        return [one.headers.get("authorization", "").removeprefix("Bearer ") for one in self.sent]


@pytest.mark.parametrize("first", [error(502), error(503), error(504), CUT, NOT_SENT])
def test_a_read_is_tried_again(first):
    script = Script(first, Reply(200, {}, PAGE))
    assert script.perform(list_orders()).data == []
    assert len(script.sent) == 2 and len(script.pauses) == 1


def test_a_read_gives_up_after_four_attempts():
    script = Script(*[error(503)] * 4)
    with pytest.raises(Unavailable):
        script.perform(list_orders())
    assert len(script.sent) == 4
    assert script.pauses == [0.125, 0.25, 0.5]


def test_the_server_s_wait_is_kept_to():
    script = Script(error(429, **{"retry-after": "7"}), Reply(200, {}, PAGE))
    script.perform(list_orders())
    assert script.pauses == [7.125]


def test_a_wait_that_is_too_long_is_left_to_the_caller():
    script = Script(error(429, **{"retry-after": "300"}))
    with pytest.raises(RateLimited) as refused:
        script.perform(list_orders())
    assert refused.value.retry_after == 300 and not script.pauses


def test_every_attempt_of_an_order_carries_the_same_id():
    script = Script(CUT, error(503), CUT, CUT)
    with pytest.raises(OutcomeUnknown):
        script.perform(place_order(ORDER))
    bodies = {one.body for one in script.sent}
    assert len(script.sent) == 4 and len(bodies) == 1
    assert json.loads(bodies.pop())["client_order_id"] == ORDER.client_order_id


def test_two_orders_have_two_ids():
    again = NewOrder(symbol="BTC/USD", side=Side.BUY, quantity=Decimal("0.1"))
    assert again.client_order_id != ORDER.client_order_id


@pytest.mark.parametrize("answer", [error(429, "ORDER_RATE"), error(409, "KILL_SWITCH"), error(400, "PRICE_COLLAR")])
def test_a_refused_order_is_not_sent_again(answer):
    script = Script(answer)
    with pytest.raises((RateLimited, Conflict, Refused)):
        script.perform(place_order(ORDER))
    assert len(script.sent) == 1


def test_an_order_whose_first_attempt_is_under_way_is_asked_for_again():
    script = Script(error(409, "REQUEST_IN_PROGRESS", **{"retry-after": "1"}), error(400))
    with pytest.raises(Refused):
        script.perform(place_order(ORDER))
    assert script.pauses == [1.125]


def test_all_attempts_of_a_change_share_one_idempotency_key():
    script = Script(CUT, error(404))
    with pytest.raises(NotFound):
        script.perform(modify_order("o", quantity=Decimal(1)))
    keys = {one.headers["idempotency-key"] for one in script.sent}
    assert len(script.sent) == 2 and len(keys) == 1


def test_what_cannot_be_repeated_is_sent_once_unless_it_never_left():
    script = Script(NOT_SENT, CUT)
    with pytest.raises(OutcomeUnknown):
        script.perform(create_key("k"))
    assert len(script.sent) == 2


def test_tokens_are_fetched_first_and_renewed_before_they_end():
    page = Reply(200, {}, PAGE)
    script = Script(tokens("a"), page, page, tokens("b"), page, email="e", password="p")
    script.perform(list_orders())
    script.now = 3569.0
    script.perform(list_orders())
    script.now = 3571.0
    script.perform(list_orders())
    assert script.bearers == ["", "a", "a", "", "b"]
    assert [one.path for one in script.sent if "auth" in one.path] == ["/v1/auth/login", "/v1/auth/refresh"]


def test_a_token_that_is_refused_is_renewed_once():
    script = Script(tokens("a"), error(401), tokens("b"), error(401), email="e", password="p")
    with pytest.raises(Unauthorized):
        script.perform(list_orders())
    assert script.bearers == ["", "a", "", "b"]


def test_a_void_refresh_token_falls_back_to_the_password():
    script = Script(tokens("a"), error(401), error(401), tokens("b"), Reply(200, {}, PAGE), email="e", password="p")
    script.perform(list_orders())
    assert [one.path.rpartition("/")[2] for one in script.sent] == ["login", "orders", "refresh", "login", "orders"]


def test_a_second_factor_is_asked_for_a_fresh_code_with_each_password():
    codes = iter(["111111", "222222"])
    answers = (tokens("a"), error(401), error(401), tokens("b"), Reply(200, {}, PAGE))
    script = Script(*answers, email="e", password="p", second_factor=lambda: next(codes))
    script.perform(list_orders())
    bodies = [json.loads(one.body) for one in script.sent if one.path == "/v1/auth/login"]
    assert [one["mfa_token"] for one in bodies] == ["111111", "222222"]


def test_a_refresh_that_got_no_answer_is_not_sent_again():
    script = Script(tokens("a", life=10), Reply(200, {}, PAGE), CUT, email="e", password="p")
    script.perform(list_orders())
    script.now = 10.0
    with pytest.raises(Unavailable):
        script.perform(list_orders())
    assert len(script.sent) == 3


def test_a_key_that_is_refused_is_not_tried_again():
    script = Script(error(401))
    with pytest.raises(Unauthorized):
        script.perform(list_orders())


def test_without_credentials_nothing_is_sent():
    script = Script(email="e")
    with pytest.raises(Unauthorized):
        script.perform(list_orders())
    assert not script.sent


def test_a_password_is_not_shown():
    assert "secret" not in repr(Session(email="e", password="secret")) + repr(Session(api_key="secret"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((400, Refused), (401, Unauthorized), (403, Forbidden), (404, NotFound), (409, Conflict), (422, Refused)),
        *((429, RateLimited), (500, Unavailable), (503, Unavailable)),
    ],
)
def test_an_error_is_known_by_its_status_and_says_what_the_server_said(status, kind):
    body = {"code": "C", "message": "m", "details": [{"field": "f", "message": "d"}], "retry_after": 3}
    read = error_of(status, headers={}, body=json.dumps({"error": body, "request_id": "r"}).encode())
    assert type(read) is kind
    assert (read.code, read.message, read.request_id, read.retry_after) == ("C", "m", "r", 3)
    assert read.details[0].field == "f"


def test_a_proxy_s_error_page_is_an_error_too():
    assert error_of(502, headers={"retry-after": "2"}, body=b"<html>").retry_after == 2


def test_an_answer_that_is_not_understood_is_no_result():
    with pytest.raises(Unavailable, match="not understood"):
        Script(Reply(200, {}, b"{}")).perform(cancel_order("o"))


def test_pages_go_by_cursor_where_there_is_one_and_by_number_where_not():
    call = list_orders(per_page=2)
    by_cursor = next_page(call, Page([1, 2], PageMeta(5, 1, 2, "c")))
    assert by_cursor.query["cursor"] == "c"
    assert next_page(by_cursor, Page([5], PageMeta(5, 1, 2, None))) is None
    assert next_page(call, Page([1, 2], PageMeta(5, 1, 2, None))).query["page"] == "2"
    assert next_page(call, Page([5], PageMeta(5, 3, 2, None))) is None


def test_money_is_written_plainly_wherever_it_stands():
    body = body_of({"a": Decimal("1E+3"), "b": {"c": [Decimal("1E-7")]}, "d": None})
    assert msgspec.json.decode(body) == {"a": "1000", "b": {"c": ["0.0000001"]}}


@pytest.mark.parametrize("attempt", range(1, 80))
def test_a_wait_lies_between_its_floor_and_its_cap(attempt):
    patience = Backoff(base_s=2, floor_s=1, cap_s=30)
    drawn = [patience.wait_s(attempt, draw=lambda share=share: share / 10) for share in range(11)]
    assert drawn == sorted(drawn) and drawn[0] == 1 and drawn[-1] <= 30
    assert timedelta(seconds=drawn[-1]) <= timedelta(seconds=30)
