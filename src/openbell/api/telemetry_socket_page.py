"""What the documents say about the socket /api/v1/ws/stream."""

from openbell.api.socket_page import CREDENTIALS, SocketPage
from openbell.domain.account import Mode
from openbell.domain.telemetry import Reading, VolState
from openbell.domain.values import parse
from openbell.streaming import specimens, wire
from openbell.streaming.specimen_messages import Message
from openbell.streaming.telemetry import frame


def telemetry_page() -> SocketPage:
    """Say what is said on the telemetry stream."""
    now = specimens.NOW
    return SocketPage(
        name="telemetry",
        address="/api/v1/ws/stream",
        title="Public telemetry",
        description=(
            "Read-only and open to all while it shows a paper account, unless a setting demands a key. A frame at "
            "least every second and on every change; a slow client misses the oldest. Amounts are JSON numbers."
        ),
        security=(),
        query=CREDENTIALS,
        from_client=(Message("ping", "Ask for a sign of life.", (b'{"type":"ping","id":"1"}',)),),
        from_server=(
            Message("telemetry", "How the account stands.", (_frame(_calm()), _frame(_silent()))),
            Message("pong", "The answer to `ping`.", (wire.pong(now_ns=now, reply_to="1"),)),
            Message(
                "error",
                "Anything but a ping is refused.",
                (wire.error("READ_ONLY", "this stream is read-only: only a ping is answered", now_ns=now),),
            ),
        ),
    )


def _frame(reading: Reading) -> bytes:
    return frame(reading, seq=17)


def _calm() -> Reading:
    return _reading(realized_volatility=0.412351, latency_ms=1.25, vol_state=VolState.NORMAL)


def _silent() -> Reading:
    """Give a reading before prices have moved and while the feed is silent."""
    return _reading(realized_volatility=None, latency_ms=None, vol_state=VolState.LOW)


def _reading(*, realized_volatility: float | None, latency_ms: float | None, vol_state: VolState) -> Reading:
    return Reading(
        ts_ns=specimens.NOW,
        currency="USD",
        virtual_pnl=parse("12.35"),
        gross_pnl=parse("14.5"),
        fees=parse("1.95"),
        slippage=parse("0.15"),
        gas=parse("0.05"),
        vol_state=vol_state,
        realized_volatility=realized_volatility,
        latency_ms=latency_ms,
        inventory={specimens.SYMBOL: parse("0.25")},
        open_orders=2,
        mode=Mode.PAPER,
        kill_switch_active=False,
    )
