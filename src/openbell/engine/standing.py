"""Running sums of worth and margin by account and ledger, so that an order costs the same however much is held.

A symbol is valued anew only after its exposure or its mark has changed, and only when somebody asks. The sums are a
cache: nothing of them is stored, and they are at all times what counting from scratch gives.
"""

from typing import NamedTuple

from openbell.domain.order import Order
from openbell.domain.values import Money, Price
from openbell.engine.exposure import Exposure
from openbell.engine.marks import Marks
from openbell.engine.state import AccountBook, LedgerBook
from openbell.engine.worth import margin_in_base, worth_in_base

_WHOLE = ""
"""Key of an account as a whole, beside its ledgers' ids."""


class Part(NamedTuple):
    """What one symbol adds to the sums, and the mark it was valued at."""

    worth: Money
    margin: Money
    mark: Price | None


_NONE = Part(0, 0, None)


class Sums:
    """The sums of one owner. `stale` names the symbols to value anew, `place` how far the moves of marks are known."""

    __slots__ = ("margin", "parts", "place", "stale", "worth")

    def __init__(self, exposures: dict[str, Exposure], place: int) -> None:
        self.parts: dict[str, Part] = {}
        self.stale = set(exposures)
        self.worth: Money = 0
        self.margin: Money = 0
        self.place = place

    def catch_up(self, marks: Marks) -> None:
        """Find the symbols whose marks have moved."""
        moved = marks.moved_since(self.place)
        if moved is None:
            self.stale.update(symbol for symbol, part in self.parts.items() if marks.mark(symbol) != part.mark)
        else:
            self.stale.update(moved)
        self.place = marks.place

    def value(self, marks: Marks, symbol: str, exposure: Exposure, base_currency: str) -> None:
        """Value one symbol anew."""
        before = self.parts.get(symbol, _NONE)
        margin = 0 if exposure.is_idle else margin_in_base(marks, symbol, exposure, base_currency)
        part = Part(worth_in_base(marks, symbol, exposure, base_currency), margin, marks.mark(symbol))
        self.parts[symbol] = part
        self.worth += part.worth - before.worth
        self.margin += part.margin - before.margin


class Standings:
    """The sums of every account and ledger that was asked about."""

    __slots__ = ("_accounts", "_marks")

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._accounts: dict[str, dict[str, Sums]] = {}

    def touch(self, order: Order) -> None:
        """Take note that something happened to an order: its symbol's exposure may have changed."""
        owners = self._accounts.get(order.account_id) if self._accounts else None
        if owners is not None:
            for key in (_WHOLE, order.strategy_id):
                if key in owners:
                    owners[key].stale.add(order.symbol)

    def forget(self, account_id: str) -> None:
        """Count an account from scratch the next time."""
        self._accounts.pop(account_id, None)

    def worth(self, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give what the holdings of an account, or of one ledger, add to its equity beside cash, in base currency."""
        return self._sums(book, one, but="").worth

    def spare_beside(self, symbol: str, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give worth less margin of every other symbol than this one, in base currency."""
        exposures = (book if one is None else one).exposures
        if not exposures or (len(exposures) == 1 and symbol in exposures):
            return 0
        sums = self._sums(book, one, but=symbol)
        # Its own part may be out of date: it stands in the sums just as it is taken out of them here.
        own = sums.parts.get(symbol, _NONE)
        return sums.worth - sums.margin - own.worth + own.margin

    def _sums(self, book: AccountBook, one: LedgerBook | None, *, but: str) -> Sums:
        account, marks = book.account, self._marks
        exposures = (book if one is None else one).exposures
        key = _WHOLE if one is None else one.ledger.strategy_id
        owners = self._accounts.setdefault(account.account_id, {})
        sums = owners.get(key)
        if sums is None:
            sums = owners[key] = Sums(exposures, marks.place)
        elif sums.place != marks.place or sums.place < 0:
            sums.catch_up(marks)
        stale = sums.stale
        if stale:
            is_left = but in stale
            for symbol in stale:
                exposure = exposures.get(symbol) if symbol != but else None
                if exposure is not None:
                    sums.value(marks, symbol, exposure, account.base_currency)
            stale.clear()
            if is_left:
                stale.add(but)
        return sums
