"""The stream's state machine: each transition, what it asks for, what it tells and what it keeps to itself."""

import itertools
import json

import pytest

from openbell.client import Forbidden, RateLimited, State, Unauthorized, Unavailable
from openbell.client.frames import Subscription
from openbell.client.line import TRANSITIONS, Connect, Deliver, Line, Stop, Wait, Write

TICKS = Subscription(channel="ticks", instruments=("BTC/USD",))
FILLS = Subscription(channel="order_fills")


def frame(kind, **beside):
    return json.dumps({"type": kind, "data": {}, **beside})


def greeting(seq):
    return frame("connected", data={"seq": seq})


def event(seq, part=1, parts=1):
    return frame("alert", channel="private", seq=seq, part=part, parts=parts)


def opened(seq=0, **settings):
    line = Line(draw=lambda: 0.0, **settings)
    line.start()
    line.received(greeting(seq))
    return line


def told(actions):
    return [one.message.seq for one in actions if isinstance(one, Deliver) and one.message.type != "gap"]


def asked(actions):
    return [json.loads(one.text) for one in actions if isinstance(one, Write)]


def test_a_line_connects_opens_loses_waits_and_comes_back():
    seen = []
    line = Line(draw=lambda: 0.0, on_state=seen.append)
    assert line.start() == [Connect(None, is_renewed=False)]
    line.received(greeting(4))
    assert line.lost(1012, "restart") == [Wait(1.0)]
    assert line.elapsed() == [Connect(4, is_renewed=False)]
    line.close()
    assert seen == ["connecting", "open", "waiting", "connecting", "closed"]


REACH = {
    State.IDLE: lambda line: None,
    State.CONNECTING: lambda line: line.start(),
    State.OPEN: lambda line: (line.start(), line.received(greeting(0))),
    State.WAITING: lambda line: (line.start(), line.lost(0, "")),
    State.CLOSED: lambda line: line.close(),
}
HAPPENINGS = {
    "greeted": lambda line: line.received(greeting(0)),
    "lost": lambda line: line.lost(1006, ""),
    "refused": lambda line: line.refused(Unavailable("X", "x")),
    "forbidden": lambda line: line.refused(Forbidden("X", "x")),
    "elapsed": lambda line: line.elapsed(),
    "nonsense": lambda line: line.received("nonsense"),
    "close": lambda line: line.close(),
}


@pytest.mark.parametrize(("state", "name"), list(itertools.product(list(State)[1:], HAPPENINGS)))
def test_whatever_happens_in_any_state_is_in_the_table(state, name):
    line = Line()
    REACH[state](line)
    assert line.state is state
    HAPPENINGS[name](line)
    assert line.state is state or line.state in TRANSITIONS[state]


@pytest.mark.parametrize(
    ("state", "name", "then"),
    [
        (State.CONNECTING, "greeted", State.OPEN),
        (State.CONNECTING, "lost", State.WAITING),
        (State.CONNECTING, "refused", State.WAITING),
        (State.CONNECTING, "forbidden", State.CLOSED),
        (State.CONNECTING, "close", State.CLOSED),
        (State.OPEN, "lost", State.WAITING),
        (State.OPEN, "nonsense", State.WAITING),
        (State.OPEN, "close", State.CLOSED),
        (State.WAITING, "elapsed", State.CONNECTING),
        (State.WAITING, "close", State.CLOSED),
        (State.IDLE, "close", State.CLOSED),
    ],
)
def test_each_transition_has_its_cause(state, name, then):
    line = Line()
    REACH[state](line)
    HAPPENINGS[name](line)
    assert line.state is then


@pytest.mark.line("C27")
def test_waits_grow_from_one_second_to_thirty_and_start_anew_after_a_greeting():
    line = Line(draw=lambda: 1.0)
    waits = []
    line.start()
    for _ in range(7):
        waits += [one.seconds for one in line.lost(0, "")]
        line.elapsed()
    assert waits == [2, 4, 8, 16, 30, 30, 30]
    line.received(greeting(0))
    assert line.lost(1006, "") == [Wait(2.0)]


@pytest.mark.line("C27")
def test_a_refused_upgrade_is_tried_again_when_the_server_says_so():
    line = Line(draw=lambda: 0.0)
    line.start()
    assert line.refused(RateLimited("TOO_MANY", "", retry_after=17)) == [Wait(17.0)]


def test_a_refused_credential_is_renewed_once():
    line = Line(draw=lambda: 0.0)
    line.start()
    line.refused(Unauthorized("UNAUTHORIZED", ""))
    assert line.elapsed() == [Connect(None, is_renewed=True)]
    error = Unauthorized("UNAUTHORIZED", "")
    assert line.refused(error) == [Stop(error)]


def test_a_socket_closed_for_its_credential_comes_back_with_another():
    line = opened(3)
    line.lost(4401, "revoked")
    assert line.elapsed() == [Connect(3, is_renewed=True)]


def test_subscriptions_are_restored():
    line = opened()
    line.subscribe(TICKS)
    line.lost(1006, "")
    line.elapsed()
    assert asked(line.received(greeting(0)))[0]["instruments"] == ["BTC/USD"]
    line.unsubscribe(TICKS)
    line.lost(1006, "")
    line.elapsed()
    assert asked(line.received(greeting(0))) == []


def test_a_subscription_the_server_refuses_is_not_asked_for_again():
    line = opened()
    number = asked(line.subscribe(TICKS))[0]["id"]
    line.received(json.dumps({"type": "error", "id": number, "error": {"code": "INVALID_SUBSCRIPTION"}}))
    line.lost(1006, "")
    line.elapsed()
    assert asked(line.received(greeting(0))) == []


def test_a_missing_event_is_told_and_asked_for_once():
    line = opened(5)
    gap, ask = line.received(event(8))
    assert (gap.message.type, gap.message.data.after, gap.message.data.seen) == ("gap", 5, 8)
    assert json.loads(ask.text)["from_seq"] == 5
    assert line.received(event(9)) == []
    assert [told(line.received(event(seq))) for seq in (6, 7, 8, 9)] == [[6], [7], [8], [9]]


def test_a_missing_part_of_an_event_is_asked_for():
    line = opened(5)
    line.received(event(6, 1, 3))
    assert asked(line.received(event(6, 3, 3)))[0]["from_seq"] == 5
    assert line.last_seq == 5


def test_a_heartbeat_shows_that_the_newest_event_did_not_come():
    line = opened(5)
    assert line.received(frame("heartbeat", data={"seq": {"private": 5}})) == []
    assert asked(line.received(frame("heartbeat", data={"seq": {"private": 6}})))[0]["from_seq"] == 5


def test_an_event_cut_in_the_middle_is_finished_and_not_repeated():
    line = opened(5)
    line.received(event(6, 1, 3))
    line.lost(1006, "")
    assert line.last_seq == 5
    line.elapsed()
    line.received(greeting(6))
    assert [told(line.received(event(6, part, 3))) for part in (1, 2, 3)] == [[], [6], [6]]
    assert line.last_seq == 6


def test_a_resync_is_told_and_counted_from():
    line = opened(5)
    data = {"from_seq": 5, "reason": "history_gone", "timestamp": "2026-01-01T00:00:00Z"}
    (resync,) = line.received(frame("resync", channel="private", seq=40, data=data))
    assert resync.message.data.from_seq == 5
    assert told(line.received(event(41))) == [41]


def test_a_channel_with_holes_goes_on_where_it_was():
    line = opened(5)
    line.subscribe(FILLS)
    line.received(json.dumps({"type": "subscribed", "channel": "order_fills", "seq": 5}))
    assert told(line.received(frame("order_fill", channel="order_fills", seq=9))) == [9]
    line.lost(1006, "")
    line.elapsed()
    assert asked(line.received(greeting(9)))[0]["from_seq"] == 9
    assert told(line.received(frame("order_fill", channel="order_fills", seq=9))) == []


def test_what_concerns_everybody_has_no_number_and_is_told():
    line = opened(5)
    assert told(line.received(event(0))) == [0] and line.last_seq == 5
