"""Market data to whoever asked for it: one number for all of it, one encoding a topic."""

from collections.abc import Callable

from openbell.domain.market import Bar, BookDelta, BookSnapshot, MarketEvent, Quote, Timeframe, Trade
from openbell.streaming import desk_messages, wire
from openbell.streaming.book_fan import BookFan, tell
from openbell.streaming.desk import Prices
from openbell.streaming.group import Group
from openbell.streaming.listener import Listener, Sink
from openbell.streaming.topics import Channel, Topic
from openbell.streaming.ways import Way

Sinks = dict[Sink, None]
"""A set that keeps its order, so that runs repeat."""


class MarketFan:
    """Who listens to which market topic.

    `seq` numbers all market messages of this server; a topic's own messages are linked by `prev_seq`, so that a client
    can tell a message it missed from one of another topic. What is published goes to the outbox of each listener, or
    once to a group of them that all listen to the same.
    """

    def __init__(self, *, prices: Prices) -> None:
        self._prices = prices
        self._sinks: dict[tuple[Channel, str], dict[str, Sinks]] = {}
        self._groups: dict[Listener, Group] = {}
        self._last: dict[Topic, int] = {}
        self._books = BookFan()
        self.seq = 0

    def add(self, listener: Listener, topic: Topic) -> None:
        """Send a topic's present state, then everything that follows."""
        self.part(listener)
        self._attach(topic, listener.outbox)
        last = self._last.get(topic, 0)
        snapshot = self._snapshot(topic, last)
        if snapshot is not None:
            listener.outbox.market(topic, snapshot, slot=-1)

    def remove(self, listener: Listener, topic: Topic) -> None:
        """Stop sending a topic, what already waits included."""
        self.part(listener)
        self._detach(topic, listener.outbox)
        listener.outbox.forget(topic)

    def gather(self, listener: Listener, group: Group, way: Way) -> None:
        """Send what follows through a group that has the listener's very topics."""
        if not len(group):
            for topic in group.topics:
                self._attach(topic, group)
        group.enter(listener, way)
        self._groups[listener] = group
        for topic in group.topics:
            self._detach(topic, listener.outbox)

    def part(self, listener: Listener) -> None:
        """Send what follows, and what waits in its group, through the listener's own outbox again."""
        group = self._groups.pop(listener, None)
        if group is None:
            return
        waiting = group.leave(listener)
        for topic in group.topics:
            self._attach(topic, listener.outbox)
            if not len(group):
                self._detach(topic, group)
        for topic, slot, message in waiting:
            listener.outbox.market(topic, message, slot=slot)

    def last_seq(self, topic: Topic) -> int:
        """Give the number of a topic's latest message, 0 before the first."""
        return self._last.get(topic, 0)

    def publish(self, event: MarketEvent) -> None:
        """Send an event to the topics it belongs to; to most, such as the seven candles of a tick, nobody listens."""
        sinks = self._sinks
        if isinstance(event, Bar):
            if sinks.get((Channel.CANDLES, event.symbol)):
                topic = Topic(Channel.CANDLES, event.symbol, event.timeframe)
                self._send(topic, lambda seq, last: wire.candle(event, seq=seq, prev_seq=last), slot=event.ts_ns)
        elif isinstance(event, Trade):
            for channel in (Channel.TICKS, Channel.TRADES, Channel.DESK_TRADES):
                if sinks.get((channel, event.symbol)):
                    self._publish_trade(channel, event)
        elif isinstance(event, Quote):
            topic = Topic(Channel.DESK_QUOTES, event.symbol)
            self._send(topic, lambda seq, last: self._quote(event, seq=seq, prev_seq=last), slot=0)
        elif isinstance(event, BookSnapshot | BookDelta):
            for channel in (Channel.ORDERBOOK, Channel.DESK_ORDERBOOK):
                for parameter in list(sinks.get((channel, event.symbol), ())):
                    self._publish_book(Topic(channel, event.symbol, parameter))

    def _publish_trade(self, channel: Channel, trade: Trade) -> None:
        self._send(
            Topic(channel, trade.symbol),
            lambda seq, last: _print(channel, trade, seq=seq, prev_seq=last),
            slot=self.seq + 1,
        )

    def _publish_book(self, topic: Topic) -> None:
        book = self._prices.book(topic.symbol, depth=topic.depth)
        if book is not None and topic.is_delta:
            self._tell_changes(topic, book)
        elif book is not None:
            self._send(topic, lambda seq, last: _book(topic.channel, book, seq=seq, prev_seq=last), slot=0)

    def _tell_changes(self, topic: Topic, book: BookSnapshot) -> None:
        changed = self._books.changes(topic, book)
        if changed is not None:
            self.seq += 1
            sinks = self._sinks[topic.channel, topic.symbol][topic.parameter]
            tell(sinks, topic, book, changed, seq=self.seq, prev_seq=self._last.get(topic, 0))
            self._last[topic] = self.seq

    def _quote(self, quote: Quote, *, seq: int, prev_seq: int) -> bytes:
        symbol = quote.symbol
        days = self._prices.candles(symbol, Timeframe.D1, limit=1)
        today = days[-1] if days and days[-1].end_ns > quote.ts_ns else None
        return desk_messages.quote(quote, self._prices.last_trade(symbol), today, seq=seq, prev_seq=prev_seq)

    def _send(self, topic: Topic, write: Callable[[int, int], bytes], *, slot: int) -> None:
        sinks = self._sinks.get((topic.channel, topic.symbol), {}).get(topic.parameter)
        if not sinks:
            return
        self.seq += 1
        message = write(self.seq, self._last.get(topic, 0))
        self._last[topic] = self.seq
        for sink in sinks:
            sink.market(topic, message, slot=slot)

    def _attach(self, topic: Topic, sink: Sink) -> None:
        self._sinks.setdefault((topic.channel, topic.symbol), {}).setdefault(topic.parameter, {})[sink] = None

    def _detach(self, topic: Topic, sink: Sink) -> None:
        by_parameter = self._sinks.get((topic.channel, topic.symbol), {})
        sinks = by_parameter.get(topic.parameter, {})
        sinks.pop(sink, None)
        if not sinks:
            by_parameter.pop(topic.parameter, None)
            self._books.forget(topic)

    def _snapshot(self, topic: Topic, seq: int) -> bytes | None:
        if topic.channel is Channel.CANDLES:
            bars = self._prices.candles(topic.symbol, Timeframe(topic.parameter), limit=1)
            return wire.candle(bars[-1], seq=seq, prev_seq=seq) if bars else None
        if topic.channel in (Channel.ORDERBOOK, Channel.DESK_ORDERBOOK):
            book = self._prices.book(topic.symbol, depth=topic.depth)
            if topic.is_delta:
                return self._books.begin(topic, book, seq=seq)
            return None if book is None else _book(topic.channel, book, seq=seq, prev_seq=seq)
        if topic.channel is Channel.DESK_QUOTES:
            quote = self._prices.quote(topic.symbol)
            return None if quote is None else self._quote(quote, seq=seq, prev_seq=seq)
        trade = self._prices.last_trade(topic.symbol)
        return None if trade is None else _print(topic.channel, trade, seq=seq, prev_seq=seq)


def _print(channel: Channel, trade: Trade, *, seq: int, prev_seq: int) -> bytes:
    if channel is Channel.DESK_TRADES:
        return desk_messages.trade(trade, seq=seq, prev_seq=prev_seq)
    return wire.tick(channel, trade, seq=seq, prev_seq=prev_seq)


def _book(channel: Channel, book: BookSnapshot, *, seq: int, prev_seq: int) -> bytes:
    if channel is Channel.DESK_ORDERBOOK:
        return desk_messages.orderbook(book, seq=seq, prev_seq=prev_seq)
    return wire.orderbook(book, seq=seq, prev_seq=prev_seq)
