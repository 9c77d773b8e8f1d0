"""Lists newest first, a page at a time: by offset, or by a cursor that stays put while rows are added."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as InvalidBase64
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, func, select, tuple_

from openbell.adapters.sql.schema import INTEGER_MAX, INTEGER_MIN
from openbell.ports import InvalidCursor, Page

CURSOR_LENGTH_MAX = 256
"""Characters of a cursor; longer text was never one of ours."""

Place = tuple[int | str, ...]
_PLACES: msgspec.json.Decoder[Place] = msgspec.json.Decoder(Place)


def cursor_of(place: Place) -> str:
    """Write the place of a page's last row as opaque text."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Read a cursor. Raises InvalidCursor for text that `cursor_of` did not write."""
    try:
        if len(cursor) > CURSOR_LENGTH_MAX:
            raise InvalidCursor("a cursor is what a page gave, unchanged")
        place = _PLACES.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (InvalidBase64, ValueError, msgspec.MsgspecError):
        raise InvalidCursor("a cursor is what a page gave, unchanged") from None
    if any(isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX for value in place):
        raise InvalidCursor("a cursor is what a page gave, unchanged")
    return place


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A table read in falling order of its keys, which together name one row."""

    table: Table
    keys: tuple[Column[Any], ...]
    build: Callable[[RowMapping], Any]
    columns: tuple[Column[Any], ...] = ()
    """What a row is built from; all columns when empty."""

    def page(
        self,
        connection: Connection,
        *,
        where: Sequence[ColumnElement[bool]],
        offset: int,
        limit: int,
        cursor: str = "",
        count: Callable[[], int] | None = None,
    ) -> Page:
        """Read one page of the rows that meet all conditions. With a cursor the offset counts from there.

        `count` tells how many rows meet them where that is known better than by counting all. Raises InvalidCursor.
        """
        counted = select(func.count()).select_from(self.table).where(*where)
        total = connection.execute(counted).scalar_one() if count is None else count()
        rows = select(*(self.columns or (self.table,))).where(*where).order_by(*(key.desc() for key in self.keys))
        if cursor:
            rows = rows.where(self._before(place_of(cursor)))
        found = connection.execute(rows.offset(offset).limit(limit + 1)).mappings().all()
        shown = found[:limit]
        more = len(found) > len(shown) > 0
        following = cursor_of(tuple(shown[-1][key.name] for key in self.keys)) if more else ""
        return Page([self.build(row) for row in shown], total, following)

    def _before(self, place: Place) -> ColumnElement[bool]:
        if [type(value) for value in place] != [key.type.python_type for key in self.keys]:
            raise InvalidCursor("a cursor belongs to the list that gave it")
        return tuple_(*self.keys) < tuple_(*place)
