"""Pages of lists: by number where a document shows that, by opaque cursor everywhere."""

from typing import Annotated

import msgspec
from fastapi import Depends, Query

PER_PAGE_DEFAULT = 20
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000
CURSOR_LENGTH_MAX = 256


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is wanted. With a cursor the page number does not count."""

    page: int
    per_page: int
    cursor: str

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return 0 if self.cursor else (self.page - 1) * self.per_page

    def meta(self, *, total: int, next_cursor: str = "") -> dict[str, int | str | None]:
        """Give the `meta` of a list answer."""
        return {
            "total_count": total,
            "page": self.page,
            "per_page": self.per_page,
            "next_cursor": next_cursor or None,
        }


FIRST_PAGE = Paging(page=1, per_page=PER_PAGE_DEFAULT, cursor="")
"""What is wanted by whoever says nothing about it."""


async def _paging(
    page: Annotated[int, Query(ge=1, le=PAGE_MAX, description="Number of the page, from 1.")] = 1,
    per_page: Annotated[int, Query(ge=1, le=PER_PAGE_MAX, description="Rows a page.")] = PER_PAGE_DEFAULT,
    cursor: Annotated[
        str, Query(max_length=CURSOR_LENGTH_MAX, description="`meta.next_cursor` of the page before.")
    ] = "",
) -> Paging:
    return Paging(page=page, per_page=per_page, cursor=cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""Declare `paging: Paged` on a list route."""
