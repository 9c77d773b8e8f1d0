"""How often what is read from memory has changed: while these numbers stand still, an answer may be given again."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent
from openbell.domain.values import NANOS_PER_SECOND, Nanos

LIFE_NS = NANOS_PER_SECOND // 10
"""An answer also says how late it is, so that it is not given again for longer than this."""


class Changes:
    """Counts what is published, which readers see from then on (ports.Publisher)."""

    def __init__(self, *, now_ns: Callable[[], Nanos]) -> None:
        self._now_ns = now_ns
        self._prices = 0
        self._events = 0
        self._accounts: Counter[str] = Counter()

    def events(self, records: Sequence[Recorded]) -> None:
        """Count committed private events."""
        self._events += len(records)
        for recorded in records:
            self._accounts[recorded.account_id] += 1

    def market(self, event: MarketEvent) -> None:  # noqa: ARG002 - a price of one symbol changes what others are worth
        """Count a market event."""
        self._prices += 1

    def of_market(self) -> Hashable:
        """Give what changes with every price."""
        return self._prices, self._now_ns() // LIFE_NS

    def of_account(self, account_id: str) -> Hashable:
        """Give what changes with every price and every event of an account."""
        accounts = self._accounts
        return self._prices, accounts[account_id], accounts[""], self._now_ns() // LIFE_NS

    def of_record(self, account_id: str) -> Hashable:
        """Give what changes with every event of an account, and with no price."""
        accounts = self._accounts
        return accounts[account_id], accounts[""], self._now_ns() // LIFE_NS

    def of_all(self) -> Hashable:
        """Give what changes with every price and every event of any account."""
        return self._prices, self._events, self._now_ns() // LIFE_NS
