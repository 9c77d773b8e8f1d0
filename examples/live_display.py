"""Show prices and own fills as they come, over the WebSocket; it reconnects by itself.

python examples/live_display.py --symbol BTC/USD --symbol ETH/USD --seconds 60
"""

import argparse
import sys
import time
from collections import deque
from decimal import Decimal

from program import options, run
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from openbell.client import Client, Message, PortfolioUpdate, Resync, Stream, Tick, Trade

FILLS_SHOWN = 10
LOOK_S = 0.25


class Screen:
    """What is shown: the last price of each symbol, the last fills, and how the connection is."""

    def __init__(self, symbols: list[str]) -> None:
        self.ticks: dict[str, Tick] = {}
        self.moves: dict[str, Decimal] = {}
        self.counts: dict[str, int] = dict.fromkeys(symbols, 0)
        self.fills: deque[Trade] = deque(maxlen=FILLS_SHOWN)
        self.worth: PortfolioUpdate | None = None
        self.note = ""

    def take(self, message: Message) -> None:
        """Take a message of the stream."""
        match message.data:
            case Tick() as tick:
                before = self.ticks.get(tick.symbol, tick)
                self.moves[tick.symbol] = tick.price - before.price
                self.counts[tick.symbol] = self.counts.get(tick.symbol, 0) + 1
                self.ticks[tick.symbol] = tick
            case Trade() as trade:
                self.fills.appendleft(trade)
            case PortfolioUpdate() as worth:
                self.worth = worth
            case Resync():
                self.note = "some events were missed for good; what is shown now is complete"

    def draw(self, stream: Stream) -> Group:
        """Draw everything."""
        worth = "" if self.worth is None else f"   {self.worth.total_value:,.2f} {self.worth.currency}"
        head = f"{stream.state}   event {stream.last_seq}{worth}   {self.note}"
        return Group(head, self._prices(), self._fills())

    def _prices(self) -> Table:
        table = Table("Symbol", "Price", "Move", "Ticks", title="Ticks")
        for symbol, count in self.counts.items():
            tick, move = self.ticks.get(symbol), self.moves.get(symbol, Decimal(0))
            colour = "green" if move > 0 else "red" if move < 0 else "white"
            price = "–" if tick is None else f"{tick.price:,f}"
            table.add_row(symbol, price, f"[{colour}]{move:+f}[/]", str(count))
        return table

    def _fills(self) -> Table:
        table = Table("Time", "Symbol", "Side", "Quantity", "Price", "Fee", title="Own fills")
        for one in self.fills:
            when = f"{one.timestamp:%H:%M:%S}"
            table.add_row(when, one.symbol, one.side, f"{one.quantity:f}", f"{one.price:,f}", f"{one.fee:f}")
        return table


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = options("Show ticks and own fills as they come.")
    parser.add_argument("--symbol", action="append", help="what to show; may be given again [BTC/USD]")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="N", help="end after N seconds")
    return parser


def work(client: Client, asked: argparse.Namespace) -> None:
    """Listen and draw until the time is over."""
    symbols = asked.symbol or ["BTC/USD"]
    for symbol in symbols:
        client.instruments.get(symbol)  # an unknown symbol is refused at once
    screen, end = Screen(symbols), time.monotonic() + asked.seconds
    with client.stream() as stream, Live(console=Console(), refresh_per_second=8) as live:
        stream.subscribe("ticks", *symbols)
        stream.subscribe("portfolio_updates")
        while (left := end - time.monotonic()) > 0:
            message = stream.next(timeout_s=min(left, LOOK_S))
            if message is not None:
                screen.take(message)
            live.update(screen.draw(stream))
    print(f"{sum(screen.counts.values())} ticks, {len(screen.fills)} own fills")


if __name__ == "__main__":
    sys.exit(run(work, arguments()))
