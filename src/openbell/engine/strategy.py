"""What people who write strategies import: the class to subclass, the context it is given, and its parameters."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, Quote, Timeframe, Trade
from openbell.domain.order import Instruction, Order, TimeInForce
from openbell.domain.parameters import checked
from openbell.domain.risk import Refusal
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import Money, Nanos, Price, Quantity, parse
from openbell.engine.lines import Columns, Flags, Floats, Line
from openbell.engine.signals import Signals


class Refused(Exception):
    """An order that can never be right (unknown symbol, off-tick price). Uncaught, it stops the strategy."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.refusal = refusal


SUBMITTED = "submitted"
"""Kind of strategies whose code came from outside; it never runs within the core."""


class InvalidParameters(ValueError):
    """Parameters that a strategy does not take: one (name, message) each."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in problems))
        self.problems = tuple(problems)


class Context(Protocol):
    """What a strategy sees and may do. Quantities, prices and money are scaled steps.

    Orders pass the same gate as everybody's, at once. While `is_warming_up`, in `on_start` and in `on_stop`, orders and
    logs are dropped.
    """

    @property
    def now_ns(self) -> Nanos:
        """Time of the event that is being handled."""
        ...

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols the strategy is configured for."""
        ...

    @property
    def timeframe(self) -> Timeframe:
        """Length of the bars it gets."""
        ...

    @property
    def is_warming_up(self) -> bool:
        """Tell whether history is being fed and orders are dropped."""
        ...

    def instrument(self, symbol: str) -> Instrument:
        """Give an instrument. Raises KeyError for an unknown symbol."""
        ...

    def position(self, symbol: str) -> Quantity:
        """Give the strategy's own signed position."""
        ...

    def mark(self, symbol: str) -> Price | None:
        """Give the price positions are valued at."""
        ...

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        ...

    def cash(self) -> Money:
        """Give the cash of its ledger (of the account, if it has no capital of its own) in base currency."""
        ...

    def equity(self) -> Money:
        """Give the equity of its ledger (of the account, if it has no capital of its own) in base currency."""
        ...

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """List its open orders, oldest first."""
        ...

    def buy(
        self,
        symbol: str,
        quantity: Quantity,
        *,
        limit: Price | None = None,
        stop: Price | None = None,
        time_in_force: TimeInForce | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> str:
        """Place a buy order; prices decide its type. Gives its id, also when it was denied: `on_order` tells.

        Raises Refused for an order that can never be right.
        """
        ...

    def sell(
        self,
        symbol: str,
        quantity: Quantity,
        *,
        limit: Price | None = None,
        stop: Price | None = None,
        time_in_force: TimeInForce | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> str:
        """Place a sell order, as `buy` does."""
        ...

    def submit(self, instruction: Instruction) -> str:
        """Place any order, as `buy` does."""
        ...

    def modify(
        self, order_id: str, *, quantity: Quantity | None = None, limit: Price | None = None, stop: Price | None = None
    ) -> Refusal | None:
        """Change an open order; gives why not, when refused."""
        ...

    def cancel(self, order_id: str) -> None:
        """Cancel an open order; harmless when it is over."""
        ...

    def cancel_all(self, symbol: str | None = None) -> None:
        """Cancel all its open orders, or those in one symbol."""
        ...

    def log(self, message: str) -> None:
        """Leave a note for the owner, as an INFO alert."""
        ...


class Strategy:
    """Subclass it, name its `kind` and `parameters`, and override what is of interest. One instance a configuration.

    State that has to survive a restart is what the context tells (positions, orders); the rest is rebuilt by warm-up.
    """

    kind: ClassVar[str] = ""
    description: ClassVar[str] = ""
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    keeps_bars: ClassVar[bool] = True
    """False promises that `on_bar` is done with its bar when it returns: a backtest may then show one bar moved on."""
    unlike_columns: ClassVar[str] = "it does not say what it wants as columns"
    """Why `signals` gives nothing, for whoever asked for compiled columns."""
    signals_in_parts: ClassVar[bool] = False
    """True promises that `signals` needs nothing of earlier bars but the line: long columns then come part by part."""
    wakes_while_holding: ClassVar[bool] = False
    """True when every bar matters while it holds a position, whatever `wakes` says."""

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        self.p: dict[str, ParameterValue] = dict(parameters)
        self.lines: dict[str, Line] = {}
        """Its line of each symbol, moved on before each `on_bar`."""
        self.stake: tuple[Instrument, Money] | None = None
        """What there is to trade and the cash to begin with, known when `signals` is asked."""

    @classmethod
    def problems(cls, parameters: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        """Say which parameters, each valid on its own, do not go together: (name, message) each."""
        del parameters
        return []

    def warm_up_bars(self) -> int:
        """Give how many bars of history it wants before it trades."""
        return 0

    def line(self) -> Line | None:
        """Give a new line for one symbol, if it reads one: it may then be worked out from whole columns."""
        return None

    def wakes(self, *, before: Floats, now: Floats, bars: Columns) -> Flags | None:
        """Mark the bars on which `on_bar` could do anything at all, given its line before and on each bar (NaN: none).

        A backtest may skip the others. None when every bar matters.
        """
        del before, now, bars
        return None

    def signals(self, *, before: Floats, now: Floats, bars: Columns) -> Signals | None:
        """Say what it wants as columns, given its line as `wakes` is; None where `on_bar` cannot be said so.

        `on_bar` must want the same on each bar, and nothing else: compiled code plays the columns in its place.
        """
        del before, now, bars
        return None

    def on_start(self, ctx: Context) -> None:
        """Get ready, at a start and after a restart of the server. Orders are dropped here."""

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Handle a finished bar of one of its symbols."""

    def on_tick(self, ctx: Context, tick: Trade | Quote) -> None:
        """Handle a trade or quote of one of its symbols."""

    def on_order(self, ctx: Context, order: Order) -> None:
        """Handle news of one of its orders: denied, accepted, filled, changed, ended."""

    def on_stop(self, ctx: Context) -> None:
        """Say goodbye. Its open orders are canceled right after; orders are dropped here."""

    def on_parameters(self, parameters: Mapping[str, ParameterValue]) -> None:
        """Take over changed parameters while running."""
        self.p = dict(parameters)

    def amount(self, name: str) -> int:
        """Give a decimal parameter as scaled steps."""
        return parse(str(self.p[name]))

    def integer(self, name: str) -> int:
        """Give an int parameter."""
        return int(self.p[name])

    def number(self, name: str) -> float:
        """Give a float parameter."""
        return float(self.p[name])


def validate_parameters(cls: type[Strategy], given: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Check parameters against what a strategy declares and fill in defaults.

    Raises InvalidParameters naming every unknown, mistyped or out-of-range one.
    """
    known = {parameter.name: parameter for parameter in cls.parameters}
    names = ", ".join(known) or "none"
    problems = [(name, f"unknown parameter; there are: {names}") for name in given if name not in known]
    values: dict[str, ParameterValue] = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        try:
            values[name] = checked(parameter, value)
        except ValueError as error:
            problems.append((name, str(error)))
    problems = problems or cls.problems(values)
    if problems:
        raise InvalidParameters(problems)
    return values
