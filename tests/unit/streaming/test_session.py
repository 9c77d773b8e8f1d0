"""A conversation: what is understood, what is refused, and when it ends."""

import json

import pytest

from openbell.streaming.session import Beat, Close, Say, Session, SessionLimits, Subscribe, Unsubscribe
from openbell.streaming.topics import Channel, Topic

NAMES = {"BTC/USD": "BTC/USD", "BTC-USD": "BTC/USD", "AAPL": "AAPL", **{f"S{n}": f"S{n}" for n in range(60)}}
SECOND = 1_000_000_000


@pytest.fixture
def session():
    return Session(symbols=NAMES.get, now_ns=0)


def say(session, now_ns=0, **message):
    return session.receive(json.dumps(message), now_ns=now_ns)


def refusal(actions):
    [action] = actions
    assert isinstance(action, Say)
    return json.loads(action.message)["error"]


def test_a_subscription_names_topics_by_their_canonical_symbols(session):
    [action] = say(session, type="subscribe", channel="ticks", instruments=["BTC-USD", "AAPL", "BTC/USD"], id="x")
    assert action == Subscribe(
        topics=(Topic(Channel.TICKS, "BTC/USD"), Topic(Channel.TICKS, "AAPL")), reply_to="x", from_seq=None
    )


def test_one_unknown_instrument_refuses_the_whole_subscription(session):
    actions = say(session, type="subscribe", channel="ticks", instruments=["AAPL", "NOPE"])
    assert refusal(actions)["code"] == "INVALID_SUBSCRIPTION"
    assert "NOPE" in refusal(actions)["message"]
    assert session.subscriptions == 0


@pytest.mark.parametrize(
    "message",
    [
        {"type": "subscribe", "channel": "news", "instruments": ["AAPL"]},
        {"type": "subscribe", "channel": "ticks"},
        {"type": "subscribe", "channel": "ticks", "instruments": "AAPL"},
        {"type": "subscribe", "channel": "ticks", "instruments": ["AAPL"], "parameters": {"depth": 5}},
        {"type": "subscribe", "channel": "candles", "instruments": ["AAPL"], "parameters": {"timeframe": "2m"}},
        {"type": "subscribe", "channel": "orderbook", "instruments": ["AAPL"], "parameters": {"depth": 101}},
        {"type": "subscribe", "channel": "orderbook", "instruments": ["AAPL"], "parameters": {"depth": True}},
        {"type": "subscribe", "channel": "ticks", "instruments": ["AAPL"], "from_seq": 1},
        {"type": "shout"},
        {"channel": "ticks"},
        [],
    ],
)
def test_what_is_not_understood_is_refused_and_the_talk_goes_on(session, message):
    assert refusal(session.receive(json.dumps(message), now_ns=0))["code"] == "INVALID_SUBSCRIPTION"
    assert say(session, type="ping", id=1) != []


def test_broken_text_is_refused(session):
    for text in ("{", "", "\ud800", b"\xff\xfe", '{"type":"ping","id":NaN}'):
        assert refusal(session.receive(text, now_ns=0))["code"] == "INVALID_SUBSCRIPTION"


def test_fifty_subscriptions_are_the_most(session):
    first = [f"S{n}" for n in range(50)]
    assert isinstance(say(session, type="subscribe", channel="ticks", instruments=first)[0], Subscribe)
    actions = say(session, type="subscribe", channel="ticks", instruments=["AAPL"])
    assert "50" in refusal(actions)["message"]
    assert isinstance(say(session, type="subscribe", channel="ticks", instruments=first[:5])[0], Subscribe)


def test_depth_and_time_frame_have_defaults(session):
    [book] = say(session, type="subscribe", channel="orderbook", instruments=["AAPL"])
    [candles] = say(session, type="subscribe", channel="candles", symbol="AAPL")
    assert (book.topics[0].parameter, candles.topics[0].parameter) == ("10", "1m")


def test_unsubscribing_without_parameters_means_all_of_an_instrument(session):
    for timeframe in ("1m", "1h"):
        say(session, type="subscribe", channel="candles", instruments=["AAPL"], parameters={"timeframe": timeframe})
    [action] = say(session, type="unsubscribe", channel="candles", instruments=["AAPL"], id=2)
    assert isinstance(action, Unsubscribe)
    assert [one.parameter for one in action.topics] == ["1h", "1m"]
    assert session.subscriptions == 0


def test_a_private_channel_is_replayed_from_a_number(session):
    [action] = say(session, type="subscribe", channel="order_fills", from_seq=12)
    assert action == Subscribe(topics=(Topic(Channel.ORDER_FILLS),), reply_to=None, from_seq=12)


def test_a_ping_is_answered_with_its_id(session):
    [action] = say(session, type="ping", id="p")
    assert json.loads(action.message) == {"type": "pong", "id": "p", "timestamp": "1970-01-01T00:00:00Z"}


def test_a_message_over_64_kib_ends_the_talk(session):
    [action] = session.receive("x" * (64 * 1024 + 1), now_ns=0)
    assert isinstance(action, Close)
    assert action.code == 1009


def test_after_the_burst_ten_messages_a_second_pass(session):
    for _ in range(50):
        say(session, type="ping")
    assert refusal(say(session, type="ping"))["code"] == "RATE_LIMITED"
    answers = [json.loads(say(session, now_ns=SECOND, type="ping")[0].message)["type"] for _ in range(11)]
    assert answers == ["pong"] * 10 + ["error"]


def test_a_flood_is_closed():
    session = Session(symbols=NAMES.get, now_ns=0, limits=SessionLimits(refusals_max=3))
    actions = [say(session, type="ping")[0] for _ in range(54)]
    assert isinstance(actions[-1], Close)
    assert actions[-1].code == 4429


def test_a_heartbeat_comes_every_thirty_seconds(session):
    assert session.pulse(now_ns=29 * SECOND) == []
    assert session.pulse(now_ns=30 * SECOND) == [Beat()]
    assert session.pulse(now_ns=31 * SECOND) == []


def test_silence_is_idle_unless_the_client_takes_what_is_sent(session):
    session.alive(now_ns=200 * SECOND)
    assert not any(isinstance(one, Close) for one in session.pulse(now_ns=499 * SECOND))
    assert isinstance(session.pulse(now_ns=500 * SECOND)[0], Close)
