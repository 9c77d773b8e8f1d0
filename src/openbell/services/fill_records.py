"""What accounts have filled and the trades it made, read once and then gone on with as fills are added."""

import asyncio
from collections.abc import Iterable, Iterator

import msgspec

from openbell.analytics.round_trips import TradeHistory, TripFold
from openbell.domain.fill import Fill
from openbell.domain.values import Nanos
from openbell.ports import History, Market, OrderFilter

FILLS_MAX = 100_000
"""Latest fills of an account that trades are made of."""
FILLS_PAGE = 2_000
KEPT_MAX = 200_000
"""Fills of all accounts that are kept in memory; past it, those of the account that was read first are let go."""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """Fills of a ledger, or of all ledgers of an account, oldest first, and the trades of each ledger and symbol."""

    fills: list[Fill]
    trades: list[tuple[str, TradeHistory]]
    """By symbol, one for each ledger."""


class _Book:
    """The fills of one account. A fill never changes, so that what was read stays."""

    def __init__(self, market: Market) -> None:
        self.turn = asyncio.Lock()
        self.fills: list[Fill] = []
        self._market = market
        self._folds: dict[tuple[str, str], TripFold] = {}
        self._waiting: list[Fill] = []

    def add(self, fills: Iterable[Fill]) -> None:
        """Take in later fills; those of an instrument that is not known wait until it is."""
        later = list(fills)
        self.fills += later
        waiting, self._waiting = [*self._waiting, *later], []
        for fill in waiting:
            fold = self._fold_of(fill)
            if fold is None:
                self._waiting.append(fill)
            else:
                fold.take(fill.ts_ns, fill.side.sign * fill.quantity, fill.price, fill.fee)

    def filled(self, strategy_id: str | None) -> Filled:
        """Give what there is, of one ledger or of all."""
        folds = [
            (symbol, fold.history()) for (name, symbol), fold in self._folds.items() if strategy_id in (None, name)
        ]
        return Filled(fills=[one for one in self.fills if strategy_id in (None, one.strategy_id)], trades=folds)

    def _fold_of(self, fill: Fill) -> TripFold | None:
        key = (fill.strategy_id, fill.symbol)
        found = self._folds.get(key)
        if found is None:
            instrument = self._market.instrument(fill.symbol)
            if instrument is None:
                return None
            found = self._folds[key] = TripFold(symbol=fill.symbol, multiplier=instrument.multiplier)
        return found


class FillRecords:
    """Gives fills and trades of accounts."""

    def __init__(self, *, history: History, market: Market) -> None:
        self._history = history
        self._market = market
        self._books: dict[str, _Book] = {}

    async def of(self, account_id: str, *, strategy_id: str | None, to_ns: Nanos | None) -> Filled:
        """Give the fills before an instant and their trades; None is up to now, and all ledgers."""
        book = self._books.setdefault(account_id, _Book(self._market))
        async with book.turn:
            known = book.fills[-1].fill_id if book.fills else ""
            book.add(await self._later_than(known, account_id))
        self._let_go()
        if len(book.fills) > FILLS_MAX:
            # Only the latest count, which are the latest of what is asked for.
            latest = await self._later_than("", account_id, strategy_id, to_ns)
            return self._anew(latest[-FILLS_MAX:], None)
        if to_ns is None:
            return book.filled(strategy_id)
        return self._anew([one for one in book.fills if one.ts_ns < to_ns], strategy_id)

    def _anew(self, fills: Iterable[Fill], strategy_id: str | None) -> Filled:
        book = _Book(self._market)
        book.add(fills)
        return book.filled(strategy_id)

    def _let_go(self) -> None:
        kept: Iterator[str] = iter(list(self._books))
        while len(self._books) > 1 and sum(len(book.fills) for book in self._books.values()) > KEPT_MAX:
            del self._books[next(kept)]

    async def _later_than(
        self, fill_id: str, account_id: str, strategy_id: str | None = None, to_ns: Nanos | None = None
    ) -> list[Fill]:
        """Read back from the latest fill to the one that is known, or as far as there may be; oldest first."""
        found: list[Fill] = []
        cursor = ""
        while len(found) <= FILLS_MAX:
            page = await self._history.fills(
                OrderFilter(
                    account_id=account_id, strategy_id=strategy_id, to_ns=to_ns, limit=FILLS_PAGE, cursor=cursor
                )
            )
            known = next((place for place, one in enumerate(page.rows) if fill_id and one.fill_id == fill_id), None)
            found += page.rows[:known]
            cursor = page.next_cursor
            if known is not None or not cursor:
                break
        return found[::-1]
