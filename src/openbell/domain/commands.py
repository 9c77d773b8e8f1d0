"""What can be asked of the core, in the imperative. Every input carries its time."""

import msgspec
from msgspec import UNSET, UnsetType

from openbell.domain.account import Mode
from openbell.domain.alert import Severity
from openbell.domain.market import MarketEvent
from openbell.domain.order import Instruction
from openbell.domain.risk import KillScope, RiskLimits
from openbell.domain.schedule import Schedule
from openbell.domain.strategy import ParameterValue, RunState, StrategyConfig
from openbell.domain.values import Money, Nanos, Price, Quantity, Rate
from openbell.domain.venue import VenueReport


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Open an account with its first deposits (currency → amount)."""

    ts_ns: Nanos
    account_id: str
    owner_id: str
    mode: Mode
    base_currency: str
    deposits: dict[str, Money]


class MoveCash(msgspec.Struct, frozen=True, kw_only=True):
    """Pay in (positive) or out (negative) through the manual ledger."""

    ts_ns: Nanos
    account_id: str
    currency: str
    amount: Money
    note: str = ""


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Place an order for a strategy, or by hand. `mode` must be the account's when it is given."""

    ts_ns: Nanos
    account_id: str
    strategy_id: str
    instruction: Instruction
    actor: str = ""
    mode: Mode | None = None


class ModifyOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change a working order; None keeps a value. `quantity` is the new whole quantity, filled part included."""

    ts_ns: Nanos
    account_id: str
    order_id: str
    quantity: Quantity | None = None
    limit_price: Price | None = None
    stop_price: Price | None = None
    expected_revision: int | None = None
    actor: str = ""


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel a working order. Asking twice is harmless."""

    ts_ns: Nanos
    account_id: str
    order_id: str
    actor: str = ""
    reason: str = "requested"


class CancelAll(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel every working order of an account, of one strategy or of one symbol in it."""

    ts_ns: Nanos
    account_id: str
    strategy_id: str | None = None
    symbol: str | None = None
    actor: str = ""
    reason: str = "requested"


class CreateStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Add a strategy, stopped; its allocation moves from the manual ledger to its own."""

    ts_ns: Nanos
    config: StrategyConfig
    actor: str = ""


class ConfigureStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Change a strategy's parameters or description; None keeps. Unknown or out-of-range values change nothing."""

    ts_ns: Nanos
    account_id: str
    strategy_id: str
    parameters: dict[str, ParameterValue] | None = None
    name: str | None = None
    description: str | None = None
    symbols: tuple[str, ...] | None = None
    limits: RiskLimits | None = None
    mode: Mode | None = None
    """Must be the account's: kinds of money never mix in one account."""
    schedule: Schedule | UnsetType | None = UNSET
    """None takes the schedule away; unset keeps it."""
    stop_loss_percent: Rate | None = None
    take_profit_percent: Rate | None = None
    positions_max: int | None = None
    risk_per_trade_percent: Rate | None = None
    extra: str | None = None
    expected_revision: int | None = None
    actor: str = ""


class RunStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Start, pause, resume or stop: RUNNING, PAUSED or STOPPED is wanted. Stopping cancels its working orders.

    ERROR ends a strategy whose code runs outside the core and failed there.
    """

    ts_ns: Nanos
    account_id: str
    strategy_id: str
    state: RunState
    reason: str = ""
    actor: str = ""


class DeleteStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """Stop and remove a strategy; its positions and cash go to the manual ledger, its history stays."""

    ts_ns: Nanos
    account_id: str
    strategy_id: str
    actor: str = ""


class SetKillSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """Latch or release a kill switch. Latching cancels every working order in its scope."""

    ts_ns: Nanos
    scope: KillScope
    target: str
    is_active: bool
    reason: str
    actor: str = ""


class SetLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Set the risk limits of an account."""

    ts_ns: Nanos
    account_id: str
    limits: RiskLimits
    actor: str = ""


class SetDeadMan(msgspec.Struct, frozen=True, kw_only=True):
    """Have every working order of an account canceled unless this is asked again in time; 0 takes it back."""

    ts_ns: Nanos
    account_id: str
    timeout_s: int
    actor: str = ""


class RaiseAlert(msgspec.Struct, frozen=True, kw_only=True):
    """Record an alert from outside the core (a stale feed, a failed probe)."""

    ts_ns: Nanos
    account_id: str
    severity: Severity
    code: str
    message: str
    context: dict[str, str] = {}


class AcknowledgeAlert(msgspec.Struct, frozen=True, kw_only=True):
    """Mark an alert as seen by somebody."""

    ts_ns: Nanos
    account_id: str
    alert_id: str
    actor: str


class AdvanceTime(msgspec.Struct, frozen=True, kw_only=True):
    """Time has come: day rolls, equity marks, releases of held orders. About once a second while live."""

    ts_ns: Nanos


Command = (
    OpenAccount
    | MoveCash
    | PlaceOrder
    | ModifyOrder
    | CancelOrder
    | CancelAll
    | CreateStrategy
    | ConfigureStrategy
    | RunStrategy
    | DeleteStrategy
    | SetKillSwitch
    | SetLimits
    | SetDeadMan
    | RaiseAlert
    | AcknowledgeAlert
)
Input = Command | MarketEvent | VenueReport | AdvanceTime
