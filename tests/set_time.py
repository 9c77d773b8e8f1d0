"""A whole system whose market goes by a clock that the test sets; who may sign in still goes by this machine's."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

from openbell.adapters.clock import ManualClock
from openbell.adapters.instruments import SymbolMaster, default_instruments
from openbell.bootstrap import system as bootstrap
from openbell.bootstrap.market import Followed
from openbell.domain.values import NANOS_PER_SECOND
from terminal_system import started

CENT = Decimal("0.01")


def at(text):
    """An instant, such as 2026-01-09T14:30, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NANOS_PER_SECOND


class Hours:
    """A terminal at a time that can be moved on."""

    def __init__(self, terminal, clock):
        self.terminal = terminal
        self._clock = clock

    def go_to(self, text, **prices):
        """Move on to an instant, at which the instruments have these marks, each quoted a cent away on both sides."""
        self._clock.set(at(text))
        for symbol, price in prices.items():
            middle = Decimal(price)
            self.terminal.quote(symbol, middle - CENT, middle + CENT)


@asynccontextmanager
async def at_time(monkeypatch, data_dir, start, **settings):
    """Start a system at an instant."""
    clock = ManualClock(at(start))

    def follow(given, **_):
        return Followed(master=SymbolMaster(default_instruments(given.sim_sessions)), clock=clock)

    monkeypatch.setattr(bootstrap, "follow", follow)
    async with started(data_dir, **settings) as terminal:
        yield Hours(terminal, clock)
