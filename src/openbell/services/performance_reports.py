"""Performance in full: every metric, the returns they come from, a benchmark, and where the profit came from."""

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np

from openbell.analytics.returns import Series, columns, days_per_year
from openbell.analytics.round_trips import round_trips
from openbell.analytics.summary import summarize
from openbell.domain.account import Mode
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.instants import parse_instant
from openbell.domain.order import Side
from openbell.domain.run import Run
from openbell.domain.values import Nanos, parse
from openbell.ports import EquityPoint, Market, Trading, Views
from openbell.services.benchmarks import Benchmark, Benchmarks, UnknownBenchmark
from openbell.services.kept import Kept
from openbell.services.performance import CACHE_NS
from openbell.services.profit import Parts, Profits, Row, Split
from openbell.services.symbol_records import SymbolRecords
from openbell.services.track_records import TrackRecord, TrackRecords, Wanted


class PerformanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: whose record, which part of it, and beside what. `account_id` None is every account's."""

    account_id: str | None
    strategy_id: str | None = None
    symbol: str | None = None
    mode: Mode | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    benchmark: str | None = None

    @property
    def wanted(self) -> Wanted:
        """Give whose record it is and which part."""
        return Wanted(
            account_id=self.account_id,
            strategy_id=self.strategy_id,
            mode=self.mode,
            from_ns=self.from_ns,
            to_ns=self.to_ns,
        )


class UnknownSymbol(msgspec.Struct, frozen=True):
    """There is no such instrument."""

    wanted: str


class PerformanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """A record with everything that is said of it."""

    record: TrackRecord
    units: Series
    benchmark: Benchmark | None
    metrics: dict[str, float | int | None]
    parts: Parts
    days_per_year: int


ReportAnswer = PerformanceReport | UnknownBenchmark | UnknownSymbol


class PerformanceReports:
    """Makes reports of accounts and of finished runs; one of an account is kept for as long as the settings say."""

    def __init__(
        self,
        *,
        trading: Trading,
        views: Views,
        market: Market,
        records: TrackRecords,
        benchmarks: Benchmarks,
        kept_ns: Nanos = CACHE_NS,
    ) -> None:
        self._trading = trading
        self._views = views
        self._market = market
        self._records = records
        self._benchmarks = benchmarks
        self._symbols = SymbolRecords(views=views, market=market)
        self._profits = Profits(views=views, market=market)
        self._kept: Kept[PerformanceQuery, ReportAnswer] = Kept(ttl_ns=kept_ns)

    async def of(self, query: PerformanceQuery) -> ReportAnswer:
        """Give the report of an account, of a strategy, or of one instrument in them."""
        now = self._trading.now_ns()
        kept = self._kept.get(query, now_ns=now)
        return kept or self._kept.put(query, await self._made(query), now_ns=now)

    async def of_run(self, run: Run, query: PerformanceQuery) -> ReportAnswer | None:
        """Give the report of a finished run within the query's period; None before it has a result."""
        record = record_of_run(run)
        return None if record is None else await self._report(_within(record, query.wanted), query.benchmark)

    async def split(self, query: PerformanceQuery, report: PerformanceReport, split: Split) -> Sequence[Row]:
        """Say where the profit of an account's report came from."""
        if split is not Split.STRATEGY:
            return self.split_of(report, split)
        names = {fill.strategy_id for fill in report.record.fills}
        for account in self._records.accounts(query.wanted):
            names |= {ledger.strategy_id for ledger in self._views.ledgers(account.account_id)}
        names = {query.strategy_id} if query.strategy_id else names
        records = {name: await self._part(query, name) for name in sorted(names)}
        return self._profits.by_strategy(records, report.record)

    def split_of(self, report: PerformanceReport, split: Split, *, name: str = "") -> Sequence[Row]:
        """Say where the profit of one strategy's report came from; `name` is the strategy's."""
        if split is Split.STRATEGY:
            return self._profits.by_strategy({name: report.record}, report.record)
        if split is Split.SYMBOL:
            return self._profits.by_symbol(report.record)
        return self._profits.by_time(report.record, split)

    async def _part(self, query: PerformanceQuery, strategy_id: str) -> TrackRecord:
        record = await self._records.of(msgspec.structs.replace(query.wanted, strategy_id=strategy_id))
        instrument = self._market.instrument(query.symbol) if query.symbol else None
        return record if instrument is None else self._symbols.of(record, instrument)

    async def _made(self, query: PerformanceQuery) -> ReportAnswer:
        instrument = self._market.instrument(query.symbol) if query.symbol else None
        if query.symbol and instrument is None:
            return UnknownSymbol(query.symbol)
        record = await self._records.of(query.wanted)
        if instrument is not None:
            record = self._symbols.of(record, instrument)
        return await self._report(record, query.benchmark)

    async def _report(self, record: TrackRecord, wanted: str | None) -> PerformanceReport | UnknownBenchmark:
        benchmark = None
        if wanted:
            start, end = (record.equity[0].ts_ns, record.equity[-1].ts_ns + 1) if record.equity else (0, 1)
            found = await asyncio.to_thread(self._benchmarks.of, wanted, from_ns=start - _DAY, to_ns=end)
            if isinstance(found, UnknownBenchmark):
                return found
            benchmark = found
        return await asyncio.to_thread(self._summed, record, benchmark)

    def _summed(self, record: TrackRecord, benchmark: Benchmark | None) -> PerformanceReport:
        units = record.units
        times, _ = columns(units)
        metrics = summarize(
            units,
            round_trips=record.closed,
            open_trips=record.open,
            benchmark=None if benchmark is None else benchmark.points,
            invested=record.invested,
        )
        parts = self._profits.parts(record)
        per_year = days_per_year(np.asarray(times))
        return PerformanceReport(
            record=record, units=units, benchmark=benchmark, metrics=metrics, parts=parts, days_per_year=per_year
        )


_DAY = 86_400 * 1_000_000_000


def record_of_run(run: Run) -> TrackRecord | None:
    """Give the record of a finished run as it was kept; None before it is finished."""
    result = run.result
    # A training ends in a model, not in an equity curve.
    if result is None or "equity_curve" not in result:
        return None
    currency = result.get("currency", "USD")
    # A day's equity belongs to the day it was made on, not to the midnight that ends it.
    equity = [EquityPoint(parse_instant(one["ts"]) - 1, parse(one["equity"])) for one in result["equity_curve"]]
    fills = [_fill(one, run, currency) for one in result["fills"]]
    rows = ((one.ts_ns, one.side.sign * one.quantity, one.price, one.fee) for one in fills)
    history = round_trips(rows, symbol=run.request.symbol, multiplier=parse(result.get("multiplier", "1")))
    return TrackRecord(
        currency=currency,
        equity=equity,
        flows=[],
        fills=fills,
        closed=list(history.closed),
        open=[] if history.open is None else [history.open],
        from_ns=None,
        as_of_ns=run.completed_ns or run.created_ns,
    )


def _within(record: TrackRecord, wanted: Wanted) -> TrackRecord:
    """Cut a record to a period: it begins with what there was, and the trades closed in it count."""
    start, end = wanted.from_ns, wanted.to_ns
    before = [one for one in record.equity if start is not None and one.ts_ns <= start]
    equity = [one for one in record.equity if (start is None or one.ts_ns > start) and (end is None or one.ts_ns < end)]
    if before and start is not None and equity:
        equity = [EquityPoint(start, before[-1].equity), *equity]
    closed = [
        trip
        for trip in record.closed
        if (start is None or trip.exit_ts_ns >= start) and (end is None or trip.exit_ts_ns < end)
    ]
    fills = [one for one in record.fills if end is None or one.ts_ns < end]
    return msgspec.structs.replace(record, equity=equity, closed=closed, fills=fills, from_ns=start)


def _fill(one: dict[str, str], run: Run, currency: str) -> Fill:
    mark = one.get("mark")
    return Fill(
        fill_id="",
        venue_fill_id="",
        order_id=one["order_id"],
        account_id="",
        strategy_id=run.strategy_id,
        symbol=run.request.symbol,
        side=Side(one["side"]),
        quantity=parse(one["quantity"]),
        price=parse(one["price"]),
        fee=parse(one["fee"]),
        currency=currency,
        liquidity=Liquidity(one["liquidity"]),
        model=one["model"],
        ts_ns=parse_instant(one["ts"]),
        realized_pnl=parse(one["realized_pnl"]),
        mark=None if mark is None else parse(mark),
    )
