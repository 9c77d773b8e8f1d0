"""Running sums of worth and margin by account and ledger, so that an order costs the same however much is held.

A symbol is valued anew only after its exposure or its mark has changed, and only when somebody asks. The sums are a
cache: nothing of them is stored, and they are at all times what counting from scratch gives.
"""

from collections.abc import Iterable
from typing import NamedTuple

from openbell.domain.order import Order
from openbell.domain.values import Money, Price
from openbell.engine.exposure import Exposure
from openbell.engine.marks import Marks
from openbell.engine.state import AccountBook, LedgerBook
from openbell.engine.worth import is_steady, margin_in_base, worth_in_base

_WHOLE = ""
"""Key of an account as a whole, beside its ledgers' ids."""


class Part(NamedTuple):
    """What one symbol adds to the sums, and the mark it was valued at."""

    worth: Money
    spare: Money
    """Worth less margin."""
    mark: Price | None


_NONE = Part(0, 0, None)


class Sums:
    """The sums of one owner.

    `stale` names the symbols to value anew, `place` how far the moves of marks are known. Where a holding is paid in
    full, worth and margin move together: whatever its mark, it spares the same. Only the symbols in `loose` are looked
    after between two questions about what is spare, which every order asks; `loose_place` says how far.
    """

    __slots__ = ("loose", "loose_place", "parts", "place", "spare", "stale", "worth")

    def __init__(self, exposures: dict[str, Exposure], place: int) -> None:
        self.parts: dict[str, Part] = {}
        self.stale = set(exposures)
        self.loose: set[str] = set()
        self.worth: Money = 0
        self.spare: Money = 0
        self.place = self.loose_place = place

    def catch_up(self, marks: Marks) -> None:
        """Find the symbols whose marks have moved."""
        moved = marks.moved_since(self.place)
        self.stale.update(self._moved(marks, self.parts) if moved is None else moved)
        self.place = self.loose_place = marks.place

    def catch_up_loose(self, marks: Marks) -> None:
        """Find the symbols whose marks have moved and whose spare follows the mark."""
        if self.loose:
            moved = marks.moved_since(self.loose_place)
            self.stale.update(self._moved(marks, self.loose) if moved is None else self.loose.intersection(moved))
        self.loose_place = marks.place

    def value(self, marks: Marks, symbol: str, exposure: Exposure, base_currency: str) -> None:
        """Value one symbol anew."""
        before = self.parts.get(symbol, _NONE)
        worth = worth_in_base(marks, symbol, exposure, base_currency)
        margin = 0 if exposure.is_idle else margin_in_base(marks, symbol, exposure, base_currency)
        part = self.parts[symbol] = Part(worth, worth - margin, marks.mark(symbol))
        self.worth += part.worth - before.worth
        self.spare += part.spare - before.spare
        instrument = marks.instruments[symbol]
        if part.mark is not None and instrument.currency == base_currency and is_steady(instrument, exposure):
            self.loose.discard(symbol)
        else:
            self.loose.add(symbol)

    def _moved(self, marks: Marks, symbols: Iterable[str]) -> list[str]:
        return [symbol for symbol in symbols if marks.mark(symbol) != self.parts[symbol].mark]


class Standings:
    """The sums of every account and ledger that was asked about."""

    __slots__ = ("_marks", "accounts")

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self.accounts: dict[str, dict[str, Sums]] = {}
        """By account and ledger; none while everybody trades one symbol only."""

    def touch(self, order: Order) -> None:
        """Take note that something happened to an order: its symbol's exposure may have changed."""
        owners = self.accounts.get(order.account_id)
        if owners is not None:
            for key in (_WHOLE, order.strategy_id):
                if key in owners:
                    owners[key].stale.add(order.symbol)

    def forget(self, account_id: str) -> None:
        """Count an account from scratch the next time."""
        self.accounts.pop(account_id, None)

    def worth(self, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give what the holdings of an account, or of one ledger, add to its equity beside cash, in base currency."""
        sums = self._sums(book, one)
        if sums.place != self._marks.place or sums.place < 0:
            sums.catch_up(self._marks)
        self._value(sums, book, one, but="")
        return sums.worth

    def spare_beside(self, symbol: str, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give worth less margin of every other symbol than this one, in base currency."""
        exposures = (book if one is None else one).exposures
        if not exposures or (len(exposures) == 1 and symbol in exposures):
            return 0
        sums = self._sums(book, one)
        if sums.loose_place != self._marks.place or sums.loose_place < 0:
            sums.catch_up_loose(self._marks)
        self._value(sums, book, one, but=symbol)
        # Its own part may be out of date: it stands in the sums just as it is taken out of them here.
        return sums.spare - sums.parts.get(symbol, _NONE).spare

    def _sums(self, book: AccountBook, one: LedgerBook | None) -> Sums:
        key = _WHOLE if one is None else one.ledger.strategy_id
        owners = self.accounts.setdefault(book.account.account_id, {})
        sums = owners.get(key)
        if sums is None:
            exposures = (book if one is None else one).exposures
            sums = owners[key] = Sums(exposures, self._marks.place)
        return sums

    def _value(self, sums: Sums, book: AccountBook, one: LedgerBook | None, *, but: str) -> None:
        """Value what is stale, all but one symbol: it stays so."""
        stale = sums.stale
        if not stale:
            return
        exposures = (book if one is None else one).exposures
        is_left = but in stale
        for symbol in stale:
            exposure = exposures.get(symbol) if symbol != but else None
            if exposure is not None:
                sums.value(self._marks, symbol, exposure, book.account.base_currency)
        stale.clear()
        if is_left:
            stale.add(but)
