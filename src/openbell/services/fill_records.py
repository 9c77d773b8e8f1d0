"""What accounts have filled and the trades it made, read once and then gone on with as fills are added."""

import asyncio
from collections.abc import Sequence

import msgspec

from openbell.analytics.round_trips import TradeHistory, TripFold
from openbell.domain.fill import Fill
from openbell.domain.values import Nanos
from openbell.ports import History, Market, OrderFilter

FILLS_MAX = 100_000
"""Latest fills of an account, or of a ledger of one that has more, that trades are made of; up to a tenth more."""
FILLS_PAGE = 2_000
KEPT_MAX = 200_000
"""Fills of all accounts that are kept in memory; past it, those of the account that was read first are let go."""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """Fills of a ledger, or of all ledgers of an account, oldest first, and the trades of each ledger and symbol."""

    fills: list[Fill]
    trades: list[tuple[str, TradeHistory]]
    """By symbol, one for each ledger."""


class _Book:
    """Fills, oldest first, and the trades they make. A fill never changes, so that what was read stays."""

    def __init__(self, market: Market, *, is_whole: bool = True) -> None:
        self.fills: list[Fill] = []
        self.is_whole = is_whole
        self._market = market
        self._folds: dict[tuple[str, str], TripFold] = {}
        self._waiting: list[Fill] = []

    async def take(self, fills: Sequence[Fill]) -> None:
        """Take in later fills, some at a time: of many, nobody has to wait for all."""
        self._add(fills[:FILLS_PAGE])
        for start in range(FILLS_PAGE, len(fills), FILLS_PAGE):
            await asyncio.sleep(0)
            self._add(fills[start : start + FILLS_PAGE])

    def _add(self, fills: Sequence[Fill]) -> None:
        """Take in fills; those of an instrument that is not known wait until it is."""
        self.fills += fills
        waiting, self._waiting = [*self._waiting, *fills], []
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


class _Place:
    """Where the book of an account or a ledger lies: read by one at a time."""

    def __init__(self, market: Market) -> None:
        self.turn = asyncio.Lock()
        self.book = _Book(market)


class FillRecords:
    """Gives fills and trades of accounts."""

    def __init__(self, *, history: History, market: Market) -> None:
        self._history = history
        self._market = market
        self._places: dict[tuple[str, str | None], _Place] = {}

    async def of(self, account_id: str, *, strategy_id: str | None, to_ns: Nanos | None) -> Filled:
        """Give the fills before an instant and their trades; None is up to now, and all ledgers."""
        book = await self._latest(account_id, None)
        if to_ns is not None:
            fills: Sequence[Fill] = [one for one in book.fills if one.ts_ns < to_ns]
            if not book.is_whole:
                fills, _ = await self._later_than("", account_id, strategy_id, to_ns)
            return (await self._book_of(fills[-FILLS_MAX:])).filled(strategy_id)
        if strategy_id is not None and not book.is_whole:
            # A ledger that trades little keeps what it did, however much the others trade.
            book = await self._latest(account_id, strategy_id)
        return book.filled(strategy_id)

    async def _latest(self, account_id: str, strategy_id: str | None) -> _Book:
        """Give the book of an account or of one of its ledgers, with all fills up to now."""
        place = self._places.setdefault((account_id, strategy_id), _Place(self._market))
        async with place.turn:
            kept = place.book.fills
            later, is_joined = await self._later_than(kept[-1].fill_id if kept else "", account_id, strategy_id)
            if not is_joined:
                place.book = await self._book_of(later[-FILLS_MAX:], is_whole=False)
            elif len(kept) + len(later) > FILLS_MAX + FILLS_MAX // 10:
                place.book = await self._book_of([*kept, *later][-FILLS_MAX:], is_whole=False)
            else:
                await place.book.take(later)
        self._let_go()
        return place.book

    async def _book_of(self, fills: Sequence[Fill], *, is_whole: bool = True) -> _Book:
        book = _Book(self._market, is_whole=is_whole)
        await book.take(fills)
        return book

    def _let_go(self) -> None:
        oldest = iter(list(self._places))
        while len(self._places) > 1 and sum(len(one.book.fills) for one in self._places.values()) > KEPT_MAX:
            del self._places[next(oldest)]

    async def _later_than(
        self, fill_id: str, account_id: str, strategy_id: str | None = None, to_ns: Nanos | None = None
    ) -> tuple[list[Fill], bool]:
        """Read back from the latest fill to the one that is known, or as far as there may be.

        Gives the fills, oldest first, and whether no other lies between them and the known one, or before them.
        """
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
                return found[::-1], True
        return found[::-1], False
