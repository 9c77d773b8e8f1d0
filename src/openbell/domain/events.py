"""What has happened, in the past tense. State is nothing but the fold of these."""

import msgspec

from openbell.domain.account import Mode
from openbell.domain.alert import Severity
from openbell.domain.fill import Fill
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.risk import KillScope, KillSwitch, RefusalCode, RiskLimits
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import Money, Nanos, Price, Quantity


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Base of all events; the tag on the wire is the class name. No event can be part of a reference cycle."""


class AccountOpened(Event, frozen=True, kw_only=True):
    """An account exists."""

    account_id: str
    owner_id: str
    mode: Mode
    base_currency: str


class CashMoved(Event, frozen=True, kw_only=True):
    """Cash of one ledger changed without a trade: deposit, withdrawal, or an allocation (two events, sum zero)."""

    account_id: str
    strategy_id: str
    currency: str
    amount: Money
    kind: str
    """DEPOSIT, WITHDRAWAL or ALLOCATION."""
    base_amount: Money = 0
    """Worth of `amount` in base currency as it moved: loss and drawdown leave it out."""
    note: str = ""


class OrderPlaced(Event, frozen=True, kw_only=True):
    """An order is recorded, status NEW."""

    order_id: str
    client_order_id: str
    account_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Quantity
    order_type: OrderType
    limit_price: Price | None
    stop_price: Price | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    parent_order_id: str | None = None
    oco_group: str | None = None
    actor: str = ""


class OrderEvent(Event, frozen=True, kw_only=True):
    """Base of what happens to an order after it was placed."""

    order_id: str


class OrderDenied(OrderEvent, frozen=True, kw_only=True):
    """Our gate refused the order."""

    code: RefusalCode
    message: str


class OrderSubmitted(OrderEvent, frozen=True, kw_only=True):
    """The order is let out; from here on it may be at the venue."""


class OrderAccepted(OrderEvent, frozen=True, kw_only=True):
    """The venue has it."""


class OrderRejected(OrderEvent, frozen=True, kw_only=True):
    """The venue refused it."""

    reason: str


class OrderTriggered(OrderEvent, frozen=True, kw_only=True):
    """Its stop price was reached."""


class OrderModifyRequested(OrderEvent, frozen=True, kw_only=True):
    """A change is on its way to the venue."""

    quantity: Quantity
    limit_price: Price | None
    stop_price: Price | None
    actor: str = ""


class OrderModified(OrderEvent, frozen=True, kw_only=True):
    """The change holds; the revision went up."""

    quantity: Quantity
    limit_price: Price | None
    stop_price: Price | None


class OrderModifyRejected(OrderEvent, frozen=True, kw_only=True):
    """The change was refused; the order is what it was."""

    reason: str


class OrderCancelRequested(OrderEvent, frozen=True, kw_only=True):
    """A cancel is on its way to the venue."""

    reason: str
    actor: str = ""


class OrderCancelRejected(OrderEvent, frozen=True, kw_only=True):
    """The cancel was refused; the order is what it was."""

    reason: str


class OrderCanceled(OrderEvent, frozen=True, kw_only=True):
    """What was left is gone."""

    reason: str


class OrderExpired(OrderEvent, frozen=True, kw_only=True):
    """Its time ran out."""


class OrderDoubted(OrderEvent, frozen=True, kw_only=True):
    """The venue did not say what became of a request; it will be asked."""

    reason: str


class OrderFilled(OrderEvent, frozen=True, kw_only=True):
    """A piece traded, and what that did to the position and the cash of its ledger: all numbers final."""

    fill: Fill
    position_id: str
    position_quantity: Quantity
    position_cost: Money
    is_new_position: bool
    cash_flow: Money
    """What the ledger's cash in `fill.currency` changed by, fee included."""


class PositionMoved(Event, frozen=True, kw_only=True):
    """A position passed to another ledger (its strategy was deleted), which now holds this; opposites net at cost."""

    account_id: str
    symbol: str
    from_strategy_id: str
    to_strategy_id: str
    position_id: str
    quantity: Quantity
    cost: Money
    realized_pnl: Money
    cash_flow: Money
    currency: str
    base_worth: Money = 0
    """What passed over is worth in base currency at the mark: neither ledger has earned it."""


class BorrowCharged(Event, frozen=True, kw_only=True):
    """A ledger paid for being short of something overnight; `amount` left its cash and counts among its fees."""

    account_id: str
    strategy_id: str
    symbol: str
    amount: Money
    currency: str


class StrategyCreated(Event, frozen=True, kw_only=True):
    """A strategy exists, stopped."""

    config: StrategyConfig
    actor: str = ""


class StrategyConfigured(Event, frozen=True, kw_only=True):
    """A strategy's configuration is now this; the revision went up."""

    config: StrategyConfig
    actor: str = ""


class StrategyStateChanged(Event, frozen=True, kw_only=True):
    """A strategy runs, pauses, stops, or has failed."""

    account_id: str
    strategy_id: str
    state: RunState
    reason: str = ""
    actor: str = ""


class StrategyDeleted(Event, frozen=True, kw_only=True):
    """A strategy is gone; its history stays."""

    account_id: str
    strategy_id: str
    actor: str = ""


class KillSwitchActivated(Event, frozen=True, kw_only=True):
    """Nothing that adds risk passes any more in this scope."""

    switch: KillSwitch


class KillSwitchReleased(Event, frozen=True, kw_only=True):
    """Trading is allowed again in this scope, as far as no other switch forbids it."""

    scope: KillScope
    target: str
    reason: str
    actor: str = ""


class LimitsChanged(Event, frozen=True, kw_only=True):
    """An account's risk limits are now these."""

    account_id: str
    limits: RiskLimits
    actor: str = ""


class DeadManSet(Event, frozen=True, kw_only=True):
    """All working orders of an account will be canceled at `expires_ns`; None: no longer."""

    account_id: str
    expires_ns: Nanos | None
    actor: str = ""


class DeadManFired(Event, frozen=True, kw_only=True):
    """Nobody asked again in time: the working orders of the account are being canceled."""

    account_id: str
    expires_ns: Nanos


class AlertRaised(Event, frozen=True, kw_only=True):
    """Somebody should know."""

    alert_id: str
    account_id: str
    severity: Severity
    code: str
    message: str
    context: dict[str, str] = {}


class AlertAcknowledged(Event, frozen=True, kw_only=True):
    """Somebody knows."""

    alert_id: str
    account_id: str
    actor: str


class EquityMarked(Event, frozen=True, kw_only=True):
    """Equity of an account and its ledgers at current marks, base currency: for history, drawdown and daily loss."""

    account_id: str
    equity: Money
    cash: Money
    day: str
    """UTC date; a mark of a new day also sets the day's starting equity."""
    ledgers: dict[str, Money]


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event as the journal keeps it: its place in the journal, its time, and its number in its account's stream.

    `account_id` is '' and `account_seq` 0 for an event that belongs to no account.
    """

    seq: int
    ts_ns: Nanos
    account_id: str
    account_seq: int
    event: "AnyEvent"


AnyEvent = (
    AccountOpened
    | CashMoved
    | OrderPlaced
    | OrderDenied
    | OrderSubmitted
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderModifyRequested
    | OrderModified
    | OrderModifyRejected
    | OrderCancelRequested
    | OrderCancelRejected
    | OrderCanceled
    | OrderExpired
    | OrderDoubted
    | OrderFilled
    | PositionMoved
    | BorrowCharged
    | StrategyCreated
    | StrategyConfigured
    | StrategyStateChanged
    | StrategyDeleted
    | KillSwitchActivated
    | KillSwitchReleased
    | LimitsChanged
    | DeadManSet
    | DeadManFired
    | AlertRaised
    | AlertAcknowledged
    | EquityMarked
)
