"""What /ws/trading says to one client in answer, as bytes."""

from collections.abc import Callable
from typing import Any

import msgspec

from openbell.api.desk.trading_words import Said
from openbell.api.errors import ApiError
from openbell.api.values import timestamp
from openbell.domain.access import Principal
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.streaming.desk_text import order_text
from openbell.streaming.outbox import Outbox
from openbell.streaming.session import SessionLimits
from openbell.streaming.socket import caller_data

ReplyTo = str | int | None


class TradingVoice:
    """Answers, put in order behind whatever else waits for the client."""

    def __init__(self, outbox: Outbox, *, now_ns: Callable[[], Nanos]) -> None:
        self._outbox = outbox
        self._now_ns = now_ns

    def greet(self, limits: SessionLimits, *, authenticate_within_ns: Nanos, resume_token: str) -> None:
        """Say what is expected."""
        data = {
            "authenticate_within_ms": authenticate_within_ns // 1_000_000,
            "heartbeat_interval_ms": limits.heartbeat_ns // 1_000_000,
            "messages_per_second": limits.messages_per_second,
            "resume_token": resume_token,
        }
        self._say("connected", data, {"timestamp": self._now()})

    def welcome(self, caller: Principal, *, seq: int, cancel_on_disconnect: bool, reply_to: ReplyTo) -> None:
        """Say who is recognised, and the number of the account's latest event."""
        data = {
            **caller_data(caller),
            "scopes": sorted(caller.scopes),
            "seq": seq,
            "cancel_on_disconnect": cancel_on_disconnect,
        }
        self._say("authenticated", data, {"id": reply_to, "success": True, "timestamp": self._now()})

    def acknowledge(self, said: Said, order: Order, *, replayed: bool) -> None:
        """Say that what was asked is done, and how the order stands."""
        beside = {"id": said.reply_to, "action": said.kind, "replayed": replayed}
        self._say("order_ack", msgspec.Raw(order_text(order)), beside)

    def pong(self, reply_to: ReplyTo) -> None:
        """Answer a ping."""
        self._outbox.private(msgspec.json.encode({"type": "pong", "id": reply_to, "timestamp": self._now()}))

    def refuse(self, error: ApiError, reply_to: ReplyTo) -> None:
        """Say what is wrong, in the shape of all contracts."""
        text: dict[str, Any] = {
            "code": error.code,
            "message": error.detail,
            "details": [msgspec.to_builtins(detail) for detail in error.details],
            "timestamp": self._now(),
        }
        if error.retry_after_s is not None:
            text["retry_after"] = error.retry_after_s
        self._outbox.private(msgspec.json.encode({"type": "error", "id": reply_to, "error": text}))

    def _say(self, kind: str, data: dict[str, Any] | msgspec.Raw, beside: dict[str, Any]) -> None:
        self._outbox.private(msgspec.json.encode({"type": kind, **beside, "data": data}))

    def _now(self) -> str:
        return timestamp(self._now_ns())
