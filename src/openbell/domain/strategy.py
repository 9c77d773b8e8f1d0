"""A strategy as configured: its kind, parameters, where it trades and whether it runs."""

from enum import StrEnum

import msgspec

from openbell.domain.account import Mode
from openbell.domain.market import Timeframe
from openbell.domain.risk import RiskLimits
from openbell.domain.schedule import Schedule
from openbell.domain.values import Money, Nanos, Rate

ParameterValue = int | float | str | bool
"""Values a parameter takes. Strategy parameters are settings, not money: amounts are decimal text."""


class RunState(StrEnum):
    """Whether a strategy trades. PAUSED manages exits only; ERROR stopped itself."""

    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"
    ERROR = "error"


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A typed, bounded setting of a strategy. Bounds are inclusive.

    `kind` is int, float, decimal, str, bool or names, which is a list of them kept as text with commas.
    """

    name: str
    kind: str
    default: ParameterValue
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    is_runtime: bool = False
    """May change while the strategy runs."""


class StrategyConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy is made from. `kind` names a registered class; `parameters` are complete and valid."""

    strategy_id: str
    account_id: str
    owner_id: str
    name: str
    kind: str
    symbols: tuple[str, ...]
    timeframe: Timeframe = Timeframe.M1
    parameters: dict[str, ParameterValue] = {}
    mode: Mode = Mode.PAPER
    description: str = ""
    allocated: Money = 0
    limits: RiskLimits | None = None
    """Limits of its own, beside the account's; the tighter one counts."""
    schedule: Schedule | None = None
    """When it may add risk; None is whenever its instruments trade."""
    stop_loss_percent: Rate = 0
    """Percent of the entry price against a position at which it is closed: 2 is 2 %, scaled; 0 is never."""
    take_profit_percent: Rate = 0
    """Percent of the entry price in favour of a position at which it is closed; 0 is never."""
    positions_max: int = 0
    """Instruments in which it may hold a position at the same time; 0 is no limit."""
    risk_per_trade_percent: Rate = 0
    """Percent of its equity that one trade may lose at its stop: 1.5 is 1.5 %, scaled; 0 is no limit."""
    extra: str = "{}"
    """Free-form settings as the caller wrote them (a JSON object), carried through unread."""


class Strategy(msgspec.Struct, kw_only=True):
    """A configured strategy and where it stands."""

    config: StrategyConfig
    state: RunState = RunState.STOPPED
    created_ns: Nanos
    updated_ns: Nanos
    revision: int = 1
    error: str = ""
