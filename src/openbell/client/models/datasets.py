"""Recorded data as the server describes it."""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Gap(msgspec.Struct, frozen=True):
    """A stretch in which the calendar expects bars and there are none."""

    after: datetime
    before: datetime
    missing: int


class Coverage(msgspec.Struct, frozen=True):
    """How much of its time a dataset covers."""

    first: datetime
    last: datetime
    rows: int
    calendar: str | None
    missing: int
    gap_count: int
    gaps: tuple[Gap, ...]


class Finding(msgspec.Struct, frozen=True):
    """Something a validation saw; `line` is 0 for the whole file."""

    line: int
    field: str
    code: str
    severity: str
    message: str
    value: str


class Quality(msgspec.Struct, frozen=True):
    """What a validation saw. Nothing was repaired."""

    status: str
    errors: int
    warnings: int
    counts: dict[str, int]
    findings: tuple[Finding, ...]


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded series; coverage and quality are given for one dataset only."""

    dataset_id: str
    symbol: str
    kind: str
    timeframe: str | None
    rows: int
    start: datetime
    end: datetime
    source: str
    licence: str
    is_packaged: bool
    owner_id: str | None
    digest: str
    coverage: Coverage | None = None
    quality: Quality | None = None


class ValidationReport(msgspec.Struct, frozen=True):
    """What a validation saw of a file that was not kept."""

    rows: int
    coverage: Coverage | None
    quality: Quality


class Bar(msgspec.Struct, frozen=True):
    """One bar: `timestamp` is when it opens."""

    timestamp: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class Bars(msgspec.Struct, frozen=True):
    """Bars of one dataset, oldest first, and what they are adjusted for."""

    dataset_id: str
    symbol: str
    timeframe: str
    adjustment: str
    bars: tuple[Bar, ...]


class CorporateAction(msgspec.Struct, frozen=True, kw_only=True):
    """A split (`new_shares` for `old_shares`) or a dividend of `amount` a share, first traded without on `ex_date`."""

    ex_date: date
    kind: str
    new_shares: int = 1
    old_shares: int = 1
    amount: Decimal = Decimal(0)
