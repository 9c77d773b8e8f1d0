"""The sockets there are, and what is said on them: the tables that AsyncAPI and the documents are made from."""

from functools import cache

from openbell.api.desk_socket_pages import market_data_page, trading_page
from openbell.api.socket_page import CREDENTIALS, EVERY_WAY_IN, SocketPage
from openbell.api.telemetry_socket_page import telemetry_page
from openbell.streaming import specimen_messages, specimens, wire
from openbell.streaming.specimen_messages import Message

_SUBSCRIBE = (
    b'{"type":"subscribe","id":"1","channel":"ticks","instruments":["BTC/USD","AAPL"]}',
    b'{"type":"subscribe","id":"2","channel":"candles","instruments":["BTC/USD"],"parameters":{"timeframe":"1m"}}',
    b'{"type":"subscribe","id":"3","channel":"orderbook","symbol":"BTC/USD","parameters":{"depth":10}}',
    b'{"type":"subscribe","id":"4","channel":"orderbook","symbol":"AAPL","parameters":{"depth":5,"delta":true}}',
    b'{"type":"subscribe","id":"5","channel":"order_fills","from_seq":41}',
)
_CLIENT = (
    Message("subscribe", "Listen to a channel, to all of the named instruments or to none of them.", _SUBSCRIBE),
    Message(
        "unsubscribe",
        "Stop listening; without parameters to every time frame or depth.",
        (b'{"type":"unsubscribe","id":"6","channel":"ticks","instruments":["BTC/USD"]}',),
    ),
    Message("ping", "Ask for a sign of life.", (b'{"type":"ping","id":"7"}',)),
)

_SAID = {
    "connected": "The first message: who you are, the number of your latest private event, and the limits.",
    "subscribed": "The answer to `subscribe`: everything published later has a number above `seq`.",
    "unsubscribed": "The answer to `unsubscribe`.",
    "pong": "The answer to `ping`.",
    "heartbeat": "Every 30 seconds: the latest number of each stream you hear.",
    "error": "A message of yours was refused; nothing else changed. Before a restart: CONNECTION_LOST.",
    "tick": "A public trade print: channels `ticks` and `trades`.",
    "candle": "A candle; `is_final` tells whether it will still change. `timestamp` is its open time.",
    "orderbook": (
        "The whole top of the book, as deep as asked for; the newest counts. With the parameter `delta` it comes once, "
        "with a checksum, and again whenever you fall behind."
    ),
    "orderbook_delta": (
        "Where `delta` was asked for: the levels that changed, quantity 0 takes one away. It follows on from the "
        "message numbered `prev_seq`; `checksum` is the CRC-32 of `price:quantity` of every level of the book after "
        "it, bids from the best, then asks, joined by `:`."
    ),
    "order_update": "How an order of yours stands now.",
    "trade": "A piece of an order of yours traded.",
    "position_update": "How a position of yours stands; without `seq` when only its mark moved.",
    "strategy_update": "A strategy of yours runs, pauses, stops or has failed.",
    "alert": "Something you should know.",
    "kill_switch": "A kill switch was latched or released.",
    "account_event": "Any other event of your account, so that the numbers have no holes.",
    "snapshot": "Orders, positions and worth as they stand after event `seq`.",
    "resync": "The events you asked to have replayed are gone; a snapshot follows.",
    "portfolio_update": "Channel `portfolio_updates`: what your account is worth. Decimal text.",
    "trade_notification": "Channel `trade_notifications`: a piece of an order of yours traded. Decimal text.",
    "order_fill": "Channel `order_fills`: the same from the side of the order. Decimal text.",
    "run_update": "Channel `runs`: how far a backtest of yours is, from 0 to 1.",
}

_GREETING = (
    b'{"type":"connected","timestamp":"2026-01-25T22:30:00.250000Z","data":{"account_id":"acc_1",'
    b'"user":{"id":"usr_1","username":"ada","roles":["user"]},"seq":41,"channels":["ticks","trades","candles"],'
    b'"limits":{"subscriptions":50,"message_bytes":65536,"messages_per_second":10},'
    b'"heartbeat_interval_ms":30000,"idle_timeout_ms":300000,'
    b'"resume_token":"187d0d5c2f0b7a80.9f86d081884c7d65.2c26b46b68ffc68ff99b453c1d304134"}}'
)


def _terminal_messages() -> tuple[Message, ...]:
    written = (
        specimen_messages.control_messages()
        | specimen_messages.market_messages()
        | specimen_messages.private_messages()
        | {"run_update": [specimen_messages.run_update()]}
    )
    written["connected"] = [_GREETING]
    return tuple(Message(name, text, tuple(written[name])) for name, text in _SAID.items())


_SUBSCRIBED = frozenset({"portfolio_update", "trade_notification", "order_fill"})
"""Messages of channels that are not on the private stream itself."""
_EVENTS_GREETING = (
    b'{"type":"connected","timestamp":"2026-01-25T22:30:00.250000Z","data":{"account_id":"acc_1",'
    b'"user":{"id":"usr_1","username":"ada","roles":["user"]},"seq":41,'
    b'"heartbeat_interval_ms":30000,"idle_timeout_ms":300000,'
    b'"resume_token":"187d0d5c2f0b7a80.9f86d081884c7d65.2c26b46b68ffc68ff99b453c1d304134"}}'
)


def _events_page() -> SocketPage:
    written = specimen_messages.private_messages() | {"connected": [_EVENTS_GREETING]}
    lost = wire.error("UNAUTHORIZED", "the credentials no longer hold", now_ns=specimens.NOW)
    beat = wire.heartbeat({"private": 42}, now_ns=specimens.NOW)
    written |= {"heartbeat": [beat], "error": [lost], "resync": specimen_messages.control_messages()["resync"]}
    heard = [name for name in _SAID if name in written and name not in _SUBSCRIBED]
    texts = _SAID | {"error": "Why the stream ends, and before a restart: UNAUTHORIZED or CONNECTION_LOST."}
    return SocketPage(
        name="events",
        address="/v1/stream",
        title="The own account as server-sent events",
        description=(
            "The private stream of `/ws` for clients that have no WebSocket. The name of an event is the type of its "
            "message, its id the number to go on after, its data the message."
        ),
        security=EVERY_WAY_IN,
        query=CREDENTIALS
        | {
            "from_seq": "Replay your private events after this number, then go live; Last-Event-ID goes before it.",
            "batch_ms": "Collect events for up to 100 ms and write them together.",
        },
        from_client=(),
        from_server=tuple(Message(name, texts[name], tuple(written[name])) for name in heard),
        protocol="http",
    )


@cache
def sockets() -> tuple[SocketPage, ...]:
    """List every socket, and the stream of events beside them; tests hold the list equal to the routes."""
    return (
        SocketPage(
            name="stream",
            address="/ws",
            title="Market data and the own account",
            description=(
                "Your own orders, fills, positions and alerts come without asking and are numbered without holes; "
                "market data and the monitoring channels are subscribed to. Amounts are JSON numbers, except on "
                "`portfolio_updates`, `trade_notifications` and `order_fills`, where they are decimal text."
            ),
            security=EVERY_WAY_IN,
            query=CREDENTIALS | {"from_seq": "Replay your private events after this number, then go live."},
            from_client=_CLIENT,
            from_server=_terminal_messages(),
        ),
        market_data_page(),
        trading_page(),
        telemetry_page(),
        _events_page(),
    )
