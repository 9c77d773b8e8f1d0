"""The hub: takes committed events and market data, and gives each to the listeners it is for.

It implements the Publisher port. Everything happens on one event loop and without waiting, so that between a snapshot
and the first update after it nothing can slip through.
"""

from collections.abc import Sequence

from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent
from openbell.domain.run import Run
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.streaming import desk_messages, wire
from openbell.streaming.desk import Accounts, Prices
from openbell.streaming.gathering import Gathering
from openbell.streaming.listener import Listener
from openbell.streaming.market_fan import MarketFan
from openbell.streaming.private_fan import PrivateFan
from openbell.streaming.topics import DESK_CHANNELS, Channel, Topic

PULSE_NS = NANOS_PER_SECOND
"""Time between two looks at marks for positions and portfolios."""
RESTARTING = 1012


class Hub:
    """Joins listeners with what they listen to."""

    def __init__(self, *, accounts: Accounts, prices: Prices) -> None:
        self._market = MarketFan(prices=prices)
        self.gathering = Gathering(self._market)
        self._private = PrivateFan(accounts=accounts, prices=prices)
        self._listeners: dict[Listener, None] = {}
        self._pulsed_ns = 0

    def events(self, records: Sequence[Recorded]) -> None:
        """Publish committed private events, in order. The accounts have folded them already."""
        for recorded in records:
            self._private.publish(recorded)

    def market(self, event: MarketEvent) -> None:
        """Publish one market event. The prices have seen it already."""
        self._market.publish(event)

    def run(self, run: Run) -> None:
        """Tell the owner of a run how far it is; the newest of each run counts."""
        said: bytes | None = None
        for listener in self._listeners:
            if listener.user_id == run.owner_id and listener.hears(Channel.RUNS):
                said = said or wire.run_update(run)
                listener.outbox.market(Topic(Channel.RUNS, run.run_id), said)

    def welcome(self, listener: Listener) -> None:
        """Begin a connection without a private stream: of somebody unknown, or not known yet."""
        self._listeners[listener] = None

    def join(
        self, listener: Listener, *, from_seq: int | None, now_ns: Nanos, channel: Channel = Channel.PRIVATE
    ) -> None:
        """Begin a connection's private stream: from now, or after an event it has seen.

        `trading` begins with how everything of the account stands.
        """
        self._listeners[listener] = None
        self._private.join(listener)
        self._private.resume(listener, channel, from_seq=from_seq, now_ns=now_ns)
        if channel is Channel.TRADING and from_seq is None:
            self._private.show_account(listener, channel, now_ns=now_ns)

    def leave(self, listener: Listener) -> None:
        """End a connection; harmless when it is gone."""
        self._listeners.pop(listener, None)
        self._market.part(listener)
        for topic in list(listener.topics):
            if topic.channel.is_market:
                self._market.remove(listener, topic)
        listener.topics.clear()
        self._private.leave(listener)

    def subscribe(
        self,
        listener: Listener,
        topics: Sequence[Topic],
        *,
        from_seq: int | None,
        reply_to: str | int | None,
        now_ns: Nanos,
    ) -> None:
        """Answer with the number at the boundary, then send the present state and whatever follows it."""
        channel = topics[0].channel
        if channel.is_market:
            listener.outbox.private(self._acknowledge("subscribed", topics, self._market.seq, reply_to))
            for topic in topics:
                listener.topics.add(topic)
                self._market.add(listener, topic)
            return
        self._private.resume(listener, channel, from_seq=from_seq, now_ns=now_ns)
        seq = self._private.last_seq(listener.account_id)
        listener.outbox.private(self._acknowledge("subscribed", topics, seq, reply_to))
        if channel is Channel.PORTFOLIO_UPDATES:
            self._private.show_portfolio(listener, now_ns=now_ns)

    def unsubscribe(self, listener: Listener, topics: Sequence[Topic], *, reply_to: str | int | None) -> None:
        """Stop sending topics; what waits of them is dropped."""
        for topic in topics:
            listener.topics.discard(topic)
            if topic.channel.is_market:
                self._market.remove(listener, topic)
        seq = self._market.seq if topics[0].channel.is_market else self._private.last_seq(listener.account_id)
        listener.outbox.private(self._acknowledge("unsubscribed", topics, seq, reply_to))

    def heartbeat(self, listener: Listener, *, now_ns: Nanos) -> None:
        """Send the latest number of each stream the listener hears."""
        seqs = {
            topic.name: self._market.last_seq(topic)
            if topic.channel.is_market
            else self._private.last_seq(listener.account_id)
            for topic in sorted(listener.topics)
        }
        listener.outbox.private(wire.heartbeat(seqs, now_ns=now_ns))

    def pulse(self, now_ns: Nanos) -> None:
        """Send what marks have done to positions and portfolios, at most once a second whoever calls how often."""
        if now_ns - self._pulsed_ns >= PULSE_NS:
            self._pulsed_ns = now_ns
            self._private.pulse(now_ns)

    def close(self, *, now_ns: Nanos) -> None:
        """Announce a restart to everybody and end all connections."""
        goodbye = wire.error("CONNECTION_LOST", "the server restarts; reconnect and resume", now_ns=now_ns)
        for listener in list(self._listeners):
            listener.outbox.private(goodbye)
            listener.outbox.end(RESTARTING, "the server restarts")

    def private_seq(self, account_id: str) -> int:
        """Give the number of an account's latest event."""
        return self._private.last_seq(account_id)

    @property
    def listeners(self) -> Sequence[Listener]:
        """Everybody who is connected, in the order in which they came."""
        return list(self._listeners)

    def _acknowledge(self, kind: str, topics: Sequence[Topic], seq: int, reply_to: str | int | None) -> bytes:
        instruments = list(dict.fromkeys(topic.symbol for topic in topics if topic.symbol))
        channel = topics[0].channel
        if channel in DESK_CHANNELS.values():
            return desk_messages.acknowledgement(kind, channel, instruments, seq=seq, reply_to=reply_to)
        return wire.acknowledgement(kind, channel=channel, instruments=instruments, seq=seq, reply_to=reply_to)
