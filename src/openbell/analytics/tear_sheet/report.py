"""What a tear sheet is made from: plain values, so that any caller can fill it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from openbell.analytics.returns import Series
from openbell.analytics.round_trips import OpenTrip, RoundTrip

Parameter = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A series to compare with, in any unit: it is scaled to start at the run's first equity."""

    name: str
    points: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class FillMark:
    """One fill to mark on the price chart; `quantity` is decimal text without a sign."""

    ts_ns: int
    side: Literal["BUY", "SELL"]
    price: float
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """The price of one instrument and the fills in it."""

    symbol: str
    points: Series
    fills: Sequence[FillMark] = ()
    label: str = "Price"


@dataclass(frozen=True, slots=True, kw_only=True)
class TearSheetReport:
    """One run. Times are nanoseconds since the epoch, money is decimal text, metrics come from `summarize`.

    `versions` says what made the numbers: code, data, settings (name to text). `notes` are sentences for the
    reader, such as the fill model. `generated_at_ns` is left out of the page where it is None, so that equal
    runs give equal pages.
    """

    title: str
    strategy: str
    symbols: Sequence[str]
    data_description: str
    period_start_ns: int
    period_end_ns: int
    initial_cash: str
    final_equity: str
    equity: Series
    metrics: Mapping[str, float | int | None]
    currency: str = "USD"
    run_type: str = "BACKTEST"
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    benchmark: Benchmark | None = None
    prices: Sequence[PriceSeries] = ()
    """One of each instrument traded; the page shows one at a time."""
    round_trips: Sequence[RoundTrip] = ()
    open_trips: Sequence[OpenTrip] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    generated_at_ns: int | None = None
    days_per_year: int | None = None
