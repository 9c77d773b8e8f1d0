"""What the platform routes share: how filters are read, how statistics are written, and the envelope's `meta`."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from openbell.api.deps import Reader
from openbell.api.errors import ApiError
from openbell.api.paging import Paging
from openbell.domain.access import Role
from openbell.domain.account import Mode
from openbell.domain.instants import parse_instant
from openbell.domain.values import Nanos, Rate, round_half_up, text_of


class Answer(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(from_attributes=False)


class PageMeta(Answer):
    """Where a page lies in its list."""

    total_count: int = Field(description="Rows of the whole list.", examples=[142])
    page: int = Field(description="Number of this page, from 1.", examples=[1])
    per_page: int = Field(description="Rows a page.", examples=[20])
    next_cursor: str | None = Field(None, description="Give it as `cursor` for the next page; null at the end.")


class CountMeta(Answer):
    """How long a list is that comes whole."""

    total_count: int


class AgeMeta(Answer):
    """How old an answer is: when what it says was so."""

    as_of: str = Field(examples=["2026-01-25T22:30:00Z"])


class Rows(Protocol):
    """A slice of a list, as services give it."""

    @property
    def total(self) -> int:
        """Rows of the whole list."""
        ...

    @property
    def next_cursor(self) -> str:
        """Where the next slice starts; '' at the end."""
        ...


def page_meta(paging: Paging, page: Rows) -> PageMeta:
    """Say where a page lies in its list."""
    return PageMeta.model_validate(paging.meta(total=page.total, next_cursor=page.next_cursor))


def _instant(value: Any) -> Nanos:
    return parse_instant(str(value))


Instant = Annotated[
    Nanos, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-01-25"})
]
"""A date (its first instant in UTC) or an RFC 3339 instant, as nanoseconds."""

FromDate = Annotated[Instant | None, Query(description="Start of the range, included.")]
ToDate = Annotated[Instant | None, Query(description="End of the range, excluded.")]


def _mode(value: Any) -> Mode:
    try:
        return Mode(str(value).upper())
    except ValueError:
        raise ValueError(f"expected one of {', '.join(Mode)}") from None


AnyMode = Annotated[Mode, PlainValidator(_mode), WithJsonSchema({"type": "string", "enum": list(Mode)})]
ModeFilter = Annotated[AnyMode | None, Query(description="Kind of money: PAPER, LIVE or BACKTEST.")]
StrategyFilter = Annotated[str | None, Query(max_length=64, description="Only this strategy.")]
SymbolFilter = Annotated[str | None, Query(max_length=32, description="Only this symbol; aliases are understood.")]


async def _reach(
    principal: Reader,
    scope: Annotated[Literal["own", "all"], Query(description="`all` is for admins.")] = "own",
) -> str | None:
    if scope == "own":
        return principal.account_id
    if principal.role is not Role.ADMIN:
        raise ApiError(403, "FORBIDDEN", "Only an admin sees what belongs to others.")
    return None


Reach = Annotated[str | None, Depends(_reach)]
"""Whose things a reader sees: an account id, or None for everybody's."""


def within(account_id: str, role: Role) -> str | None:
    """Give whose things a caller may change: an admin everybody's, others their own."""
    return None if role is Role.ADMIN else account_id


def percent_text(rate: Rate) -> str:
    """Write a scaled percent with two decimals, halves rounded up in size."""
    return text_of(round_half_up(rate, 2))


def figure_text(value: float | None, *, places: int = 2) -> str:
    """Write a statistic as decimal text, halves rounded up in size; one that cannot be said is 0."""
    exact = Decimal(repr(float(value or 0.0))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return format(abs(exact) if exact == 0 else exact, "f")


def optional_text(steps: int | None) -> str | None:
    """Write scaled steps as decimal text, where there are any."""
    return None if steps is None else text_of(steps)
