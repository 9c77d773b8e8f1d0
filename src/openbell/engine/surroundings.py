"""What is around a core that replays a backtest: a venue, and somebody who takes notes."""

from collections.abc import Collection
from typing import Protocol

from openbell.domain.events import OrderFilled, Recorded
from openbell.domain.market import Bar
from openbell.domain.values import Nanos
from openbell.domain.venue import Admitted, VenueRequest
from openbell.engine.matching.opening import Opening


class Surroundings(Protocol):
    """What is around the core in a backtest. `place` numbers the bars of all lanes within the present part."""

    def orders(self, symbol: str) -> Collection[object]:
        """Give the orders that rest in a symbol at the venue: a live view, asked for once."""
        ...

    @property
    def under_way(self) -> Collection[object]:
        """The requests that have not reached the venue: a live view, asked for once."""
        ...

    @property
    def sent(self) -> set[str]:
        """The symbols that orders were sent in, for the replay to empty once it has looked: asked for once."""
        ...

    def meet(self, bar: Bar, place: int) -> None:
        """Let a bar meet what rests at the venue, and the core hear of it."""
        ...

    def opening(self, symbol: str) -> Opening | None:
        """Give what a lone market order gets at the open; None where every order has to go the way of all others."""
        ...

    def take_over(self, admitted: Admitted) -> None:
        """Give the venue an order that has been accepted already."""
        ...

    def note_fill(self, event: OrderFilled, place: int) -> None:
        """Take note of a fill."""
        ...

    def settle(self, records: list[Recorded], requests: list[VenueRequest], place: int) -> None:
        """Take note of what the core decided and send what it asked for."""
        ...

    def step(self, bar: Bar, place: int) -> None:
        """Give a bar to the core and settle."""
        ...

    def tell_time(self, ts_ns: Nanos, place: int) -> None:
        """Tell the core the time and settle."""
        ...
