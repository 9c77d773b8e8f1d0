"""What telemetry says of one account at one moment, and how lively the market is."""

from enum import StrEnum

import msgspec

from openbell.domain.account import Mode
from openbell.domain.values import Money, Nanos, Quantity


class VolState(StrEnum):
    """Where realised volatility stands in what it has been lately."""

    LOW = "LOW_VOL"
    NORMAL = "NORMAL"
    HIGH = "HIGH_VOL"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One account at one moment, without any id. Amounts are in `currency`.

    `virtual_pnl` is `gross_pnl` less `fees`, `slippage` and `gas`.
    """

    ts_ns: Nanos
    currency: str
    virtual_pnl: Money
    gross_pnl: Money
    """Profit at the prices that orders were filled at, before any cost."""
    fees: Money
    slippage: Money
    """Modelled on top of what fill prices already contain."""
    gas: Money
    vol_state: VolState
    realized_volatility: float | None
    """Annualised, as a fraction: 0.4 is 40 %. None until prices have moved."""
    latency_ms: float | None
    """From the feed's event to the broadcast; None while the feed is silent."""
    inventory: dict[str, Quantity]
    open_orders: int
    mode: Mode
    kill_switch_active: bool

    def says_the_same(self, other: "Reading") -> bool:
        """Tell whether only time, latency and volatility's figure differ."""
        return all(getattr(self, name) == getattr(other, name) for name in _TELLING)


_TELLING = tuple(
    name for name in Reading.__struct_fields__ if name not in ("ts_ns", "latency_ms", "realized_volatility")
)
