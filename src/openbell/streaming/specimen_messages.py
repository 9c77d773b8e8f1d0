"""One of each message of the socket /ws, written by the same code that writes the real ones."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from openbell.domain.alert import Severity
from openbell.domain.events import (
    AlertRaised,
    AnyEvent,
    CashMoved,
    KillSwitchActivated,
    OrderAccepted,
    OrderFilled,
    Recorded,
    StrategyStateChanged,
)
from openbell.domain.instants import instant_text
from openbell.domain.risk import KillScope, KillSwitch
from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.domain.strategy import RunState
from openbell.domain.values import SCALE, parse
from openbell.streaming import desk_messages, specimens, wire
from openbell.streaming.private import PrivateWriter
from openbell.streaming.topics import Channel


class Message(NamedTuple):
    """A kind of message: its `type`, what it is for, and what it looks like."""

    name: str
    summary: str
    specimens: tuple[bytes, ...]


def private_messages() -> dict[str, list[bytes]]:
    """Give the messages about an account on /ws, by `type`, from the writer of the private stream."""
    writer, books = _writer()
    found: dict[str, list[bytes]] = {}
    for seq, event in enumerate(_events(), start=42):
        for channel, messages in writer.write(_recorded(seq, event)).messages.items():
            if channel is not Channel.TRADING:
                _add(found, messages)
    now = specimens.NOW
    account = books.account("acc_1")
    if account is not None:
        found["snapshot"] = [writer.snapshot(Channel.PRIVATE, account, seq=42, now_ns=now)]
        found["portfolio_update"].append(writer.portfolio(account, now_ns=now))
    found["position_update"].append(writer.position(Channel.PRIVATE, specimens.position(), now_ns=now))
    return found


def trading_messages() -> dict[str, list[bytes]]:
    """Give the messages about an account on /ws/trading, by `type`."""
    writer, books = _writer()
    found: dict[str, list[bytes]] = {}
    for seq, event in enumerate(_events(), start=42):
        _add(found, writer.write(_recorded(seq, event)).messages[Channel.TRADING])
    account = books.account("acc_1")
    if account is not None:
        found["snapshot"] = [writer.snapshot(Channel.TRADING, account, seq=42, now_ns=specimens.NOW)]
    found["position_update"].append(writer.position(Channel.TRADING, specimens.position(), now_ns=specimens.NOW))
    return found


def desk_market_messages() -> dict[str, list[bytes]]:
    """Give the messages of /ws/market-data, by `type`."""
    symbols, today = [specimens.SYMBOL], specimens.bar()
    told = {
        kind: [desk_messages.acknowledgement(kind, Channel.DESK_QUOTES, symbols, seq=8, reply_to="1")]
        for kind in ("subscribed", "unsubscribed")
    }
    return told | {
        "quote": [desk_messages.quote(specimens.quote(), specimens.trade(), today, seq=9, prev_seq=8)],
        "trade": [desk_messages.trade(specimens.trade(), seq=9, prev_seq=8)],
        "orderbook": [desk_messages.orderbook(specimens.book(), seq=9, prev_seq=8)],
        "heartbeat": [wire.heartbeat({"quotes:BTC/USD": 9}, now_ns=specimens.NOW)],
    }


def _writer() -> tuple[PrivateWriter, specimens.Books]:
    books = specimens.Books()
    return PrivateWriter(accounts=books, prices=specimens.Board()), books


def _recorded(seq: int, event: AnyEvent) -> Recorded:
    return Recorded(seq=seq, ts_ns=specimens.NOW, account_id="acc_1", account_seq=seq, event=event)


def _add(found: dict[str, list[bytes]], messages: Iterable[bytes]) -> None:
    for one in messages:
        found.setdefault(msgspec.json.decode(one)["type"], []).append(one)


def _events() -> list[AnyEvent]:
    """Give events that between them lead to every message about an account."""
    filled = OrderFilled(
        order_id="ord_1",
        fill=specimens.fill(),
        position_id="pos_1",
        position_quantity=parse("0.5"),
        position_cost=parse("25000.05"),
        is_new_position=True,
        cash_flow=-parse("25000.05"),
    )
    switch = KillSwitch(
        scope=KillScope.GLOBAL, target="", reason="drill", activated_by="usr_1", activated_ns=specimens.NOW
    )
    return [
        filled,
        OrderAccepted(order_id="ord_2"),
        StrategyStateChanged(account_id="acc_1", strategy_id="cross", state=RunState.RUNNING, reason="started"),
        AlertRaised(
            alert_id="alt_1",
            account_id="acc_1",
            severity=Severity.WARNING,
            code="DRAWDOWN",
            message="The drawdown is near its limit.",
            context={"drawdown": "0.08"},
        ),
        KillSwitchActivated(switch=switch),
        CashMoved(account_id="acc_1", strategy_id="manual", currency="USD", amount=SCALE, kind="DEPOSIT"),
    ]


def market_messages() -> dict[str, list[bytes]]:
    """Give the messages about the market, by `type`."""
    book = specimens.book()
    return {
        "tick": [wire.tick(Channel.TICKS, specimens.trade(), seq=9, prev_seq=8)],
        "candle": [wire.candle(specimens.bar(), seq=9, prev_seq=8)],
        "orderbook": [
            wire.orderbook(book, seq=9, prev_seq=8),
            wire.orderbook_snapshot(book, seq=9, prev_seq=9),
        ],
        "orderbook_delta": [wire.orderbook_delta(book, book.bids, [(book.asks[0][0], 0)], seq=10, prev_seq=9)],
    }


def run_update() -> bytes:
    """Give the message about a backtest under way."""
    request = BacktestRequest(kind="sma_cross", dataset_id="GOOG", symbol="GOOG", initial_cash=parse("100000"))
    return wire.run_update(
        Run(
            run_id="run_1",
            owner_id="usr_1",
            strategy_id="backtest",
            request=request,
            status=RunStatus.RUNNING,
            progress=0.25,
            created_ns=specimens.NOW,
        )
    )


def control_messages() -> dict[str, list[bytes]]:
    """Give the messages about the connection itself, by `type`."""
    reply_to = "1"
    told = {
        kind: [
            wire.acknowledgement(kind, channel=Channel.TICKS, instruments=[specimens.SYMBOL], seq=8, reply_to=reply_to)
        ]
        for kind in ("subscribed", "unsubscribed")
    }
    lost = {"from_seq": 3, "reason": "history_gone", "timestamp": instant_text(specimens.NOW)}
    return told | {
        "pong": [wire.pong(now_ns=specimens.NOW, reply_to=reply_to)],
        "heartbeat": [wire.heartbeat({"private": 42, "ticks:BTC/USD": 9}, now_ns=specimens.NOW)],
        "resync": [wire.message("resync", lost, beside={"channel": Channel.PRIVATE, "seq": 42})],
        "error": [
            wire.error("INVALID_SUBSCRIPTION", "unknown channel", now_ns=specimens.NOW),
            wire.error("INVALID_SUBSCRIPTION", "unknown channel", now_ns=specimens.NOW, reply_to=reply_to),
        ],
    }
