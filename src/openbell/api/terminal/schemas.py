"""What the terminal's routes share: bases of bodies and answers, filters, and pages."""

from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BaseModel, PlainValidator, WithJsonSchema

from openbell.api.paging import CURSOR_LENGTH_MAX
from openbell.domain.account import Mode
from openbell.domain.instants import parse_instant
from openbell.domain.values import Nanos

LIST_DEFAULT = 100
LIST_MAX = 1_000

ExecutionMode = Literal["LIVE", "PAPER"]


class Answer(BaseModel):
    """Base of what is answered."""


def _instant(value: Any) -> Nanos:
    return parse_instant(str(value))


Instant = Annotated[
    Nanos,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-01-25T14:30:00Z"}),
]
"""An instant in ISO 8601 with its offset, or a date as its first instant in UTC, as nanoseconds."""

FromTime = Annotated[Instant | None, Query(alias="from", description="Start of the range, included.")]
ToTime = Annotated[Instant | None, Query(alias="to", description="End of the range, excluded.")]
ListLimit = Annotated[int, Query(alias="limit", ge=1, le=LIST_MAX, description="Rows at most.")]
Cursor = Annotated[str, Query(max_length=CURSOR_LENGTH_MAX, description="`next_cursor` of the answer before.")]
StrategyFilter = Annotated[str | None, Query(max_length=64, description="Only this strategy.")]
OrderIdFilter = Annotated[str | None, Query(max_length=64, description="Only this order.")]
InstrumentFilter = Annotated[str | None, Query(max_length=96, description="Only this instrument; BTC-USD is BTC/USD.")]
ModeFilter = Annotated[ExecutionMode | None, Query(description="Kind of money.")]
IfMatch = Annotated[str | None, Header(pattern=r'^"?\d{1,9}"?$', description="Revision the change is meant for.")]


def mode_of(text: str | None) -> Mode | None:
    """Give the mode a text names."""
    return None if text is None else Mode(text)


def revision_of(if_match: str | None, given: int | None) -> int | None:
    """Give the revision a change is meant for: the header's, else the body's."""
    return int(if_match.strip('"')) if if_match else given
