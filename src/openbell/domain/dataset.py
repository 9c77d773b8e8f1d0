"""What is known of a recorded series: how complete it is, what its validation saw, and what happened to its shares."""

from datetime import date
from enum import StrEnum

import msgspec

from openbell.domain.values import Money, Nanos

FINDINGS_MAX = 100
"""Findings and gaps that are told one by one; all of them are counted."""
ACTIONS_MAX = 2_000
SHARES_MAX = 100_000
"""Shares on either side of a split."""


class FindingCode(StrEnum):
    """What kind of thing a validation saw."""

    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    TOO_CLOSE = "too_close"
    NOT_POSITIVE = "not_positive"
    HIGH_BELOW_LOW = "high_below_low"
    OUTSIDE_RANGE = "outside_range"
    CROSSED = "crossed"
    GAP = "gap"
    OFF_CALENDAR = "off_calendar"
    JUMP = "jump"
    SPIKE = "spike"
    SPLIT_SUSPECTED = "split_suspected"
    ROUNDED = "rounded"
    COLUMN = "column"
    EMPTY_LINE = "empty_line"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something a validation saw: `line` is the 1-based line of a text file or row of a table."""

    line: int
    field: str
    problem: str
    value: str
    is_error: bool
    code: FindingCode = FindingCode.UNREADABLE


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch without bars in which the calendar expects `missing` of them; both ends are bars that are there."""

    after_ns: Nanos
    before_ns: Nanos
    missing: int


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of its time a series covers. `first_ns` and `last_ns` are times of rows; both are 0 without any."""

    first_ns: Nanos
    last_ns: Nanos
    rows: int
    calendar_name: str = ""
    """Trading hours that gaps are counted by; '' for what has no fixed pace, such as trades."""
    missing: int = 0
    gap_count: int = 0
    gaps: list[Gap] = []
    """The first hundred."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What the validation of a stored series said; it is kept with it. Nothing was repaired."""

    coverage: Coverage
    warnings: int
    counts: dict[str, int] = {}
    """Findings by code."""
    findings: list[Finding] = []
    """The first hundred."""


class Adjustment(StrEnum):
    """Which corporate actions prices are adjusted for: none, splits, or splits and dividends."""

    NONE = "none"
    SPLITS = "splits"
    ALL = "all"


class ActionKind(StrEnum):
    """What happened to the shares."""

    SPLIT = "split"
    DIVIDEND = "dividend"


class InvalidAction(ValueError):
    """A corporate action that cannot be; the message says why."""


class CorporateAction(msgspec.Struct, frozen=True, kw_only=True):
    """A split (`new_shares` for `old_shares`) or a cash dividend per share, first traded without on `ex_date`.

    Raises InvalidAction when it is made of impossible numbers.
    """

    ex_date: date
    kind: ActionKind
    new_shares: int = 1
    old_shares: int = 1
    amount: Money = 0

    def __post_init__(self) -> None:
        """Check that the numbers are those of its kind."""
        is_split = self.kind is ActionKind.SPLIT
        shares = (self.new_shares, self.old_shares)
        if not all(1 <= count <= SHARES_MAX for count in shares):
            raise InvalidAction(f"a split is of 1 to {SHARES_MAX:,} shares for 1 to {SHARES_MAX:,}")
        if is_split and (self.new_shares == self.old_shares or self.amount):
            raise InvalidAction("a split changes the number of shares and pays nothing")
        if not is_split and (self.amount <= 0 or shares != (1, 1)):
            raise InvalidAction("a dividend pays an amount above zero and leaves the number of shares")
