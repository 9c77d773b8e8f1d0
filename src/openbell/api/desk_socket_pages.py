"""What the documents say about the sockets /ws/market-data and /ws/trading."""

import msgspec

from openbell.api.desk.trading_talk import AUTHENTICATE_WITHIN_NS
from openbell.api.desk.trading_voice import TradingVoice
from openbell.api.desk.trading_words import Said
from openbell.api.errors import ApiError
from openbell.api.socket_page import CREDENTIALS, EVERY_WAY_IN, RESUME_TOKEN, SocketPage
from openbell.domain.access import Principal, Role, Scope
from openbell.streaming import specimen_messages, specimens
from openbell.streaming.outbox import Outbox
from openbell.streaming.session import SessionLimits
from openbell.streaming.specimen_messages import Message

_MARKET_GREETING = (
    b'{"type":"connected","timestamp":"2026-01-25T22:30:00.250000Z","data":{"channels":["quotes","trades","orderbook"],'
    b'"limits":{"subscriptions":50,"message_bytes":65536,"messages_per_second":10},'
    b'"heartbeat_interval_ms":30000,"idle_timeout_ms":300000,'
    b'"resume_token":"187d0d5c2f0b7a80.9f86d081884c7d65.2c26b46b68ffc68ff99b453c1d304134"}}'
)
_MARKET_CLIENT = (
    Message(
        "subscribe",
        "Listen to a channel: `quotes`, `trades` or `orderbook`; all of the named symbols, or none of them.",
        (
            b'{"type":"subscribe","channel":"quotes","symbol":"BTC/USD"}',
            b'{"type":"subscribe","id":"2","channel":"orderbook","symbols":["BTC/USD"],"parameters":{"depth":10}}',
            b'{"type":"subscribe","id":"3","channel":"trades","symbol":"BTC/USD","parameters":{"batch_ms":50}}',
        ),
    ),
    Message("unsubscribe", "Stop listening.", (b'{"type":"unsubscribe","channel":"quotes","symbol":"BTC/USD"}',)),
    Message("ping", "Ask for a sign of life.", (b'{"type":"ping","id":"6"}',)),
)
_MARKET_SAID = {
    "connected": "The first message: channels and limits.",
    "subscribed": "The answer to `subscribe`.",
    "unsubscribed": "The answer to `unsubscribe`.",
    "quote": "Best bid and offer, the last price, and what became of it since the start of the UTC day.",
    "trade": "A public print; `side` is who took, null where that is unknown.",
    "orderbook": "The whole top of the book, as deep as asked for.",
    "pong": "The answer to `ping`.",
    "heartbeat": "Every 30 seconds: the latest number of each stream you hear.",
    "error": "A message of yours was refused; nothing else changed.",
}
_TRADING_CLIENT = (
    Message(
        "authenticate",
        "Say who you are, by signature or token. `auth` is another name. Not needed with credentials at the handshake.",
        (
            b'{"type":"authenticate","id":"1","api_key":"obs_1","signature":"d4a3","timestamp":1769380200000,"nonce":"8b"}',
            b'{"type":"authenticate","token":"ob_1","from_seq":41,"cancel_on_disconnect":true}',
        ),
    ),
    Message(
        "order",
        "Place an order.",
        (
            b'{"type":"order","id":"2","order":{"symbol":"BTC/USD","side":"buy","type":"limit","quantity":0.1,"price":43000.5}}',
        ),
    ),
    Message(
        "modify_order",
        "Change a working order.",
        (b'{"type":"modify_order","id":"3","order_id":"ord_1","price":43001.5,"expected_revision":1}',),
    ),
    Message("cancel_order", "Cancel an order.", (b'{"type":"cancel_order","id":"4","order_id":"ord_1"}',)),
    Message("ping", "Ask for a sign of life.", (b'{"type":"ping","id":"5"}',)),
)
_TRADING_SAID = {
    "connected": "The first message: how long you have to authenticate.",
    "authenticated": "Who you are, and the number of your latest event.",
    "order_ack": "What you asked for is done; how the order stands.",
    "order_update": "How an order of yours stands now.",
    "trade_execution": "A piece of an order of yours traded.",
    "position_update": "How a position of yours stands; without `seq` when only its mark moved.",
    "snapshot": "Working orders and positions as they stand after event `seq`.",
    "resync": "The events you asked to have replayed are gone; a snapshot follows.",
    "strategy_update": "A strategy of yours runs, pauses, stops or has failed.",
    "alert": "Something you should know.",
    "kill_switch": "A kill switch was latched or released.",
    "account_event": "Any other event of your account, so that the numbers have no holes.",
    "pong": "The answer to `ping`.",
    "heartbeat": "Every 30 seconds: the number of your latest event.",
    "error": "A message of yours was refused; `id` is that of the message, the code one of the REST API's.",
}


def market_data_page() -> SocketPage:
    """Say what is said on /ws/market-data."""
    control = specimen_messages.control_messages()
    written = control | specimen_messages.desk_market_messages() | {"connected": [_MARKET_GREETING]}
    return SocketPage(
        name="market-data",
        address="/ws/market-data",
        title="Market data for web clients",
        description="Open to all, limited by address; with credentials, by user. Amounts are JSON numbers.",
        security=EVERY_WAY_IN,
        query=CREDENTIALS,
        from_client=_MARKET_CLIENT,
        from_server=tuple(Message(name, text, tuple(written[name])) for name, text in _MARKET_SAID.items()),
    )


def trading_page() -> SocketPage:
    """Say what is said on /ws/trading."""
    control = specimen_messages.control_messages()
    written = control | specimen_messages.trading_messages() | _answers()
    return SocketPage(
        name="trading",
        address="/ws/trading",
        title="Orders for web clients",
        description="Authenticate within ten seconds; then orders go in, and what becomes of them comes out.",
        security=EVERY_WAY_IN,
        query=CREDENTIALS,
        from_client=_TRADING_CLIENT,
        from_server=tuple(Message(name, text, tuple(written[name])) for name, text in _TRADING_SAID.items()),
    )


def _answers() -> dict[str, list[bytes]]:
    """Have each answer spoken once by the voice that speaks the real ones."""
    outbox = Outbox(wake=lambda: None)
    voice = TradingVoice(outbox, now_ns=lambda: specimens.NOW)
    caller = Principal(
        user_id="usr_1", username="ada", role=Role.TRADER, account_id="acc_1", scopes=frozenset({Scope.READ})
    )
    voice.greet(SessionLimits(), authenticate_within_ns=AUTHENTICATE_WITHIN_NS, resume_token=RESUME_TOKEN)
    voice.welcome(caller, seq=41, cancel_on_disconnect=False, reply_to="1")
    voice.acknowledge(Said("order", "2", {}), specimens.order(), replayed=False)
    voice.refuse(ApiError(409, "MARKET_CLOSED", "The market is closed."), "3")
    voice.refuse(ApiError(429, "RATE_LIMITED", "Too many messages.", retry_after_s=1), None)
    found: dict[str, list[bytes]] = {}
    for one in outbox.take():
        found.setdefault(msgspec.json.decode(one)["type"], []).append(one)
    return found
