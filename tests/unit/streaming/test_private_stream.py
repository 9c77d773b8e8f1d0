# ruff: noqa: PLR0917 - pytest fills in fixtures by name
"""Private events: all of them, in order, once; what was missed comes again or is said to be gone."""

import pytest

from openbell.domain.account import MANUAL
from openbell.domain.events import CashMoved, Recorded
from openbell.domain.values import parse
from openbell.streaming import private_fan
from openbell.streaming.outbox import Outbox
from openbell.streaming.ring import PrivateEvent, Ring
from openbell.streaming.topics import Channel


@pytest.fixture
def publish(hub, desk, now):
    """Commit the next `count` events of the account."""

    def commit(count=1, account_id="a1"):
        for _ in range(count):
            desk.the_account.event_count += 1
            event = CashMoved(account_id="a1", strategy_id=MANUAL, currency="USD", amount=parse("1"), kind="DEPOSIT")
            hub.events([Recorded(0, now, account_id, desk.the_account.event_count, event)])

    return commit


def seqs(messages):
    return [one["seq"] for one in messages]


def test_every_event_is_heard_and_the_numbers_have_no_holes(new_ear, listen, publish):
    ear = listen(new_ear())
    publish(5)
    assert seqs(ear.heard()) == [8, 9, 10, 11, 12]


def test_nobody_hears_of_other_accounts(new_ear, listen, publish):
    ear, stranger = listen(new_ear()), listen(new_ear(account_id="a2"))
    publish()
    assert len(ear.heard()) == 1
    assert stranger.heard() == []


def test_a_client_that_was_away_goes_on_where_it_stopped(hub, new_ear, listen, publish):
    first = listen(new_ear())
    publish(2)
    hub.leave(first.listener)
    publish(3)
    again = listen(new_ear(), from_seq=9)
    publish(1)
    assert seqs(again.heard()) == [10, 11, 12, 13]


def test_events_that_nobody_listens_to_make_room_for_those_that_somebody_does(
    hub, new_ear, listen, publish, monkeypatch
):
    monkeypatch.setattr(private_fan, "EVENTS_MAX", 20)
    here, gone = listen(new_ear(account_id="a2")), listen(new_ear())
    hub.leave(gone.listener)
    publish(15)
    publish(15, account_id="a2")
    [resync, *_] = listen(new_ear(), from_seq=9).heard()
    assert resync["type"] == "resync"
    assert len(seqs(here.heard())) == 15
    again = listen(new_ear(account_id="a2"), from_seq=30)
    assert seqs(again.heard()) == list(range(31, 38)), "those of one with a listener stay"


def test_what_is_gone_is_said_to_be_gone_and_shown_as_it_stands(new_ear, listen, publish):
    listen(new_ear())
    publish(2)
    again = listen(new_ear(), from_seq=3)
    publish(1)
    resync, snapshot, update = again.heard()
    assert (resync["type"], resync["data"]["from_seq"]) == ("resync", 3)
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 9)
    assert snapshot["data"].keys() == {"orders", "positions", "portfolio"}
    assert update["seq"] == 10


def test_a_number_from_the_future_is_answered_with_how_things_stand(new_ear, listen):
    assert [one["type"] for one in listen(new_ear(), from_seq=99).heard()] == ["resync", "snapshot"]


def test_a_replay_comes_before_the_acknowledgement_and_updates_after_it(hub, new_ear, listen, publish, topic, now):
    ear = listen(new_ear())
    publish(2)
    ear.heard()
    channel = topic("portfolio_updates")._replace(symbol="")
    hub.subscribe(ear.listener, [channel], from_seq=7, reply_to="r1", now_ns=now)
    publish(1)
    said = [(one["type"], one.get("seq")) for one in ear.heard() if one.get("channel") == "portfolio_updates"]
    assert said == [
        ("portfolio_update", 8),
        ("portfolio_update", 9),
        ("subscribed", 9),
        ("portfolio_update", None),
        ("portfolio_update", 10),
    ]


def test_what_nobody_could_ask_for_is_not_replayed_but_told_as_it_stands(hub, new_ear, listen, publish, topic, now):
    trader = new_ear()
    hub.join(trader.listener, from_seq=None, now_ns=now, channel=Channel.TRADING)
    publish(2)
    ear = listen(new_ear())
    publish(1)
    channel = topic("portfolio_updates")._replace(symbol="")
    for from_seq in (8, 9):
        hub.subscribe(ear.listener, [channel], from_seq=from_seq, reply_to=None, now_ns=now)
    told = [(one["type"], one.get("seq")) for one in ear.heard() if one["type"] in {"resync", "portfolio_update"}]
    standing = ("portfolio_update", None)
    assert told == [("resync", 10), standing, ("portfolio_update", 10), standing]


def test_profit_is_what_the_account_is_worth_beyond_its_deposits(hub, new_ear, listen, publish, topic, now):
    ear = listen(new_ear())
    channel = topic("portfolio_updates")._replace(symbol="")
    hub.subscribe(ear.listener, [channel], from_seq=7, reply_to="r1", now_ns=now)
    publish(1)
    worth = [one["data"] for one in ear.heard() if one["type"] == "portfolio_update"]
    assert worth[-1]["total_pnl"] == "100.00"


def test_a_replay_longer_than_the_outbox_arrives_whole(new_ear, listen, publish):
    listen(new_ear(private_max=5_000))
    publish(1_500)
    again = listen(new_ear(), from_seq=7)
    assert seqs(again.heard()) == list(range(8, 1_508))
    assert again.outbox.ending is None


def test_too_many_waiting_events_close_with_a_code_to_resume_from(new_ear, listen, publish):
    slow, quick = listen(new_ear(private_max=3)), listen(new_ear())
    slow.outbox.passed_over()
    publish(4)
    assert slow.outbox.ending.code == 4408
    assert slow.outbox.take() == []
    assert seqs(quick.heard()) == [8, 9, 10, 11]


def test_what_happens_at_once_is_no_fault_of_a_client_that_reads(new_ear, listen, publish):
    ear = listen(new_ear(private_max=3))
    publish(10)
    assert seqs(ear.heard()) == list(range(8, 18))
    publish(3)
    ear.outbox.passed_over()
    publish(1)
    assert ear.outbox.ending.code == 4408


def test_a_ring_keeps_the_latest_and_knows_what_it_lost():
    ring = Ring(base=0, length_max=3)
    for seq in range(1, 6):
        ring.add(PrivateEvent(seq, {Channel.PRIVATE: (b"x",)}))
    assert ring.after(1) is None
    assert [event.seq for event in ring.after(2)] == [3, 4, 5]
    assert ring.after(5) == []


def test_replays_nobody_reads_end_the_connection():
    outbox = Outbox(wake=lambda: None)
    for _ in range(6):
        outbox.replay([b"x"] * 10_000)
    assert outbox.ending.code == 4408
