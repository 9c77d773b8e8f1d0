"""Running sums of worth and of what is spare, by account and ledger, so that an order costs the same whatever is held.

A symbol is valued anew only after its exposure or its mark has changed, and only when somebody asks. The sums are a
cache: nothing of them is stored, and they are at all times what counting from scratch gives.
"""

from collections.abc import Sequence

from openbell.domain.order import Order
from openbell.domain.values import Money, Price
from openbell.engine.exposure import Exposure
from openbell.engine.marks import Marks
from openbell.engine.sides import opposed
from openbell.engine.state import AccountBook, LedgerBook
from openbell.engine.worth import is_steady, margin_in_base, spare_in_base, steady_spare, worth_in_base

_WHOLE = ""
"""Key of an account as a whole, beside its ledgers' ids."""


class Sum:
    """What the symbols of one owner add up to.

    `stale` names those to value anew. `loose` are those whose part follows their mark, each with the mark that it was
    valued at: only these are looked after as marks move, and `place` says how far that was done.
    """

    __slots__ = ("loose", "parts", "place", "stale", "total")

    def __init__(self, exposures: dict[str, Exposure], place: int) -> None:
        self.parts: dict[str, Money] = {}
        self.stale = set(exposures)
        self.loose: dict[str, Price | None] = {}
        self.total: Money = 0
        self.place = place

    def catch_up(self, marks: Marks) -> None:
        """Find the symbols whose marks have moved, of those where it matters."""
        if self.loose:
            moved = marks.moved_since(self.place)
            if moved is None:
                self.stale.update([symbol for symbol, mark in self.loose.items() if marks.mark(symbol) != mark])
            else:
                self.stale.update(self.loose.keys() & moved)
        self.place = marks.place

    def put(self, symbol: str, part: Money) -> None:
        """Change the part of one symbol."""
        self.total += part - self.parts.get(symbol, 0)
        self.parts[symbol] = part


class Owner:
    """The sums of an account or of one of its ledgers; those that nobody has asked for are not there."""

    __slots__ = ("spare", "worth")

    def __init__(self) -> None:
        self.worth: Sum | None = None
        self.spare: Sum | None = None


class Standings:
    """The sums of every account and ledger that was asked about."""

    __slots__ = ("_marks", "_priced", "accounts")

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._priced: set[str] = set()
        """Symbols known to have a mark: none ever loses it."""
        self.accounts: dict[str, dict[str, Owner]] = {}
        """By account and ledger; none while everybody trades one symbol only."""

    def touch(self, order: Order) -> None:
        """Take note that something happened to an order: its symbol's exposure may have changed."""
        owners = self.accounts.get(order.account_id)
        if owners is not None:
            for key in (_WHOLE, order.strategy_id):
                owner = owners.get(key)
                if owner is None:
                    continue
                if owner.spare is not None:
                    owner.spare.stale.add(order.symbol)
                if owner.worth is not None:
                    owner.worth.stale.add(order.symbol)

    def forget(self, account_id: str) -> None:
        """Count an account from scratch the next time."""
        self.accounts.pop(account_id, None)

    def worth(self, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give what the holdings of an account, or of one ledger, add to its equity beside cash, in base currency."""
        owner, exposures = self._owner(book, one), (book if one is None else one).exposures
        known = owner.worth
        if known is None:
            known = owner.worth = Sum(exposures, self._marks.place)
        self._catch_up(known)
        for symbol in known.stale:
            exposure = exposures.get(symbol)
            if exposure is not None:
                known.put(symbol, worth_in_base(self._marks, symbol, exposure, book.account.base_currency))
                known.loose[symbol] = self._marks.mark(symbol)
        known.stale.clear()
        return known.total

    def spare_beside(self, symbol: str, book: AccountBook, one: LedgerBook | None) -> Money:
        """Give worth less margin of every other symbol than this one, in base currency."""
        exposures = (book if one is None else one).exposures
        if not exposures or (len(exposures) == 1 and symbol in exposures):
            return 0
        owner = self._owner(book, one)
        known = owner.spare
        if known is None:
            known = owner.spare = Sum(exposures, self._marks.place)
        self._catch_up(known)
        stale = known.stale
        if stale:
            # Its own part may be out of date: it stands in the sum just as it is taken out of it here.
            is_left = symbol in stale
            stale.discard(symbol)
            for other in stale:
                exposure = exposures.get(other)
                if exposure is not None:
                    both = () if one is not None else opposed(book, other)
                    self._put_spare(known, other, exposure, book.account.base_currency, both)
            stale.clear()
            if is_left:
                stale.add(symbol)
        return known.total - known.parts.get(symbol, 0)

    def _put_spare(
        self, known: Sum, symbol: str, exposure: Exposure, base_currency: str, both: Sequence[Exposure]
    ) -> None:
        marks, instrument = self._marks, self._marks.instruments[symbol]
        if both:
            known.loose[symbol] = marks.mark(symbol)
            needed = margin_in_base(marks, symbol, exposure, base_currency, both)
            known.put(symbol, worth_in_base(marks, symbol, exposure, base_currency) - needed)
            return
        if instrument.currency == base_currency and is_steady(instrument, exposure) and self._is_priced(symbol):
            known.put(symbol, steady_spare(exposure))
            known.loose.pop(symbol, None)
            return
        mark = known.loose[symbol] = marks.mark(symbol)
        known.put(symbol, spare_in_base(marks, symbol, exposure, mark, base_currency))

    def _is_priced(self, symbol: str) -> bool:
        if symbol in self._priced:
            return True
        if self._marks.mark(symbol) is None:
            return False
        self._priced.add(symbol)
        return True

    def _catch_up(self, known: Sum) -> None:
        if known.place != self._marks.place or known.place < 0:
            known.catch_up(self._marks)

    def _owner(self, book: AccountBook, one: LedgerBook | None) -> Owner:
        key = _WHOLE if one is None else one.ledger.strategy_id
        owners = self.accounts.setdefault(book.account.account_id, {})
        owner = owners.get(key)
        if owner is None:
            owner = owners[key] = Owner()
        return owner
