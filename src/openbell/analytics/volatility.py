"""Volatility regime: realised volatility, its place in its own recent past, and a state that does not flap.

Every class here takes one value at a time and keeps what it needs; time is an argument. Volatilities are annualised
over 365 days of 24 hours, as fractions.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Collection

import msgspec

from openbell.domain.telemetry import VolState
from openbell.domain.values import NANOS_PER_SECOND, Nanos

SECONDS_PER_YEAR = 365 * 86_400
GAP_MAX_S = 60
"""A longer silence is a pause: the price after it says nothing of how lively the seconds in it were."""


class RegimeRules(msgspec.Struct, frozen=True, kw_only=True):
    """How the state is found. Thresholds are percentiles of the trailing distribution, 0 to 100.

    A state is entered at its outer threshold and left at its inner one, and holds for `dwell_s` at least.
    """

    half_life_s: float = 30.0
    window_s: int = 3_600
    samples_min: int = 60
    """Samples without which every state is NORMAL."""
    high_enter: float = 95.0
    high_exit: float = 80.0
    low_enter: float = 5.0
    low_exit: float = 20.0
    dwell_s: float = 10.0

    def problems(self) -> list[tuple[str, str]]:
        """Say which thresholds do not go together: (name, message) each."""
        found = []
        if self.high_exit > self.high_enter:
            found.append(("high_exit", "HIGH_VOL must be left at or below where it is entered"))
        if self.low_exit < self.low_enter:
            found.append(("low_exit", "LOW_VOL must be left at or above where it is entered"))
        if self.low_exit > self.high_exit:
            found.append(("low_exit", "LOW_VOL must be left at or below where HIGH_VOL is left"))
        return found


class EwmaVariance:
    """Variance a second, exponentially weighted by time: a half-life ago counts half (RiskMetrics, in continuous time).

    Steps may be of any length: a return over `dt` seconds counts as `dt` seconds of its mean square.
    """

    def __init__(self) -> None:
        self.value: float | None = None
        """Variance of log returns a second; None before the first."""

    def update(self, log_return: float, *, dt_s: float, half_life_s: float) -> float:
        """Take the next return and give the variance a second."""
        sample = log_return * log_return / dt_s
        if self.value is None:
            self.value = sample
        else:
            weight = 1.0 - 0.5 ** (dt_s / half_life_s)
            self.value += weight * (sample - self.value)
        return self.value


class TrailingDistribution:
    """The values of the last so many seconds, kept sorted."""

    def __init__(self) -> None:
        self._in_time: deque[tuple[Nanos, float]] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, value: float, *, ts_ns: Nanos, window_s: int) -> None:
        """Take a value and forget those that are older than the window."""
        self._in_time.append((ts_ns, value))
        insort(self._sorted, value)
        oldest = ts_ns - window_s * NANOS_PER_SECOND
        while self._in_time[0][0] <= oldest:
            _, gone = self._in_time.popleft()
            del self._sorted[bisect_left(self._sorted, gone)]

    def percentile_of(self, value: float) -> float:
        """Give the part of the values below, 0 to 100; equal ones count half. Of nothing it is 50."""
        if not self._sorted:
            return 50.0
        below, through = bisect_left(self._sorted, value), bisect_right(self._sorted, value)
        return 50.0 * (below + through) / len(self._sorted)


class RegimeSwitch:
    """The state, with hysteresis: enter far out, leave further in, and never sooner than the dwell after a change."""

    def __init__(self) -> None:
        self.state = VolState.NORMAL
        self._since_ns: Nanos | None = None

    def update(self, percentile: float, *, ts_ns: Nanos, rules: RegimeRules) -> VolState:
        """Take where volatility stands now and give the state."""
        wanted = self._wanted(percentile, rules)
        may_change = self._since_ns is None or ts_ns - self._since_ns >= rules.dwell_s * NANOS_PER_SECOND
        if wanted is not self.state and may_change:
            self.state, self._since_ns = wanted, ts_ns
        return self.state

    def _wanted(self, percentile: float, rules: RegimeRules) -> VolState:
        if percentile >= (rules.high_exit if self.state is VolState.HIGH else rules.high_enter):
            return VolState.HIGH
        if percentile <= (rules.low_exit if self.state is VolState.LOW else rules.low_enter):
            return VolState.LOW
        return VolState.NORMAL


class _Series(msgspec.Struct):
    """One instrument: the price that closed the last sampled second, and the latest one since."""

    sampled_price: float
    sampled_s: int
    price: float
    second: int
    variance: EwmaVariance


class VolatilityRegime:
    """Realised volatility of a set of instruments and the state it is in.

    Prices are sampled at the end of each second in which there was one. The figure is the root of the mean variance of
    the instruments; its trailing distribution starts anew when the set changes, as the level may then jump.
    """

    def __init__(self, rules: RegimeRules | None = None) -> None:
        self.rules = rules or RegimeRules()
        self.volatility: float | None = None
        self._series: dict[str, _Series] = {}
        self._symbols: frozenset[str] = frozenset()
        self._past = TrailingDistribution()
        self._switch = RegimeSwitch()

    @property
    def state(self) -> VolState:
        """The state at the latest sample."""
        return self._switch.state

    def observe(self, symbol: str, price: float, *, ts_ns: Nanos) -> None:
        """Take a price, in any unit, of any instrument."""
        second = ts_ns // NANOS_PER_SECOND
        series = self._series.get(symbol)
        if price <= 0 or (series is not None and second < series.second):
            return
        if series is None:
            self._series[symbol] = _Series(price, second, price, second, EwmaVariance())
            return
        if second > series.second:
            self._close(series)
        series.price, series.second = price, second

    def sample(self, symbols: Collection[str], *, ts_ns: Nanos) -> VolState:
        """Look at the instruments that count, about once a second, and give the state."""
        if self._symbols != frozenset(symbols):
            self._symbols, self._past = frozenset(symbols), TrailingDistribution()
        found = [one.variance.value for name in self._symbols if (one := self._series.get(name)) is not None]
        variances = [variance for variance in found if variance is not None]
        if not variances:
            return self.state
        volatility = self.volatility = math.sqrt(math.fsum(variances) / len(variances) * SECONDS_PER_YEAR)
        self._past.add(volatility, ts_ns=ts_ns, window_s=self.rules.window_s)
        is_known = len(self._past) >= self.rules.samples_min
        percentile = self._past.percentile_of(volatility) if is_known else 50.0
        return self._switch.update(percentile, ts_ns=ts_ns, rules=self.rules)

    def _close(self, series: _Series) -> None:
        """Sample the second that is over, unless it begins a pause."""
        dt_s = series.second - series.sampled_s
        if 0 < dt_s <= GAP_MAX_S:
            log_return = math.log(series.price / series.sampled_price)
            series.variance.update(log_return, dt_s=dt_s, half_life_s=self.rules.half_life_s)
        series.sampled_price, series.sampled_s = series.price, series.second
