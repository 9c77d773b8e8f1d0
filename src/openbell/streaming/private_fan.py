"""Private events to the connections of their owner, in order and without holes."""

from openbell.domain.events import Recorded
from openbell.domain.instants import instant_text
from openbell.domain.values import Nanos
from openbell.streaming.desk import Accounts, Prices
from openbell.streaming.listener import Listener
from openbell.streaming.private import PrivateWriter
from openbell.streaming.ring import Ring
from openbell.streaming.topics import Channel, Topic
from openbell.streaming.wire import message

RINGS_MAX = 256
EVENTS_MAX = 100_000
"""Accounts whose latest events are kept, and events of all of them, about 2 kB each. Past either, the events of an
account go that nobody listens to; those of one with a listener stay."""

_OWN = (Channel.PRIVATE, Channel.TRADING)
"""The streams of a whole account, in the words of /ws and of /ws/trading."""


class PrivateFan:
    """Who listens to which account. An account's events are written from its first listener on."""

    def __init__(self, *, accounts: Accounts, prices: Prices) -> None:
        self._accounts = accounts
        self._prices = prices
        self._writer = PrivateWriter(accounts=accounts, prices=prices)
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._rings: dict[str, Ring] = {}
        self._kept = 0
        """Events in all rings."""
        self._valued: dict[str, int] = {}
        """By account: the event after which it is taken down what the account is worth, at every further one.

        Working that out costs as much as the rest of an event. Who trades at /ws/trading alone is never told of it.
        """
        self._marks: dict[str, int | None] = {}

    def last_seq(self, account_id: str) -> int:
        """Give the number of an account's latest event."""
        ring = self._rings.get(account_id)
        return ring.last_seq if ring is not None else self._committed(account_id)

    def join(self, listener: Listener) -> None:
        """Add a connection of an account."""
        self._listeners.setdefault(listener.account_id, {})[listener] = None
        if listener.account_id not in self._rings:
            if len(self._rings) >= RINGS_MAX:
                self._make_room()
            self._rings[listener.account_id] = Ring(base=self._committed(listener.account_id))

    def leave(self, listener: Listener) -> None:
        """Forget a connection; its account's events are kept for its return."""
        listeners = self._listeners.get(listener.account_id, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(listener.account_id, None)

    def publish(self, recorded: Recorded) -> None:
        """Send an event to everybody who listens to its account; one without an account goes to all."""
        if not recorded.account_id:
            self._broadcast(recorded)
            return
        ring = self._rings.get(recorded.account_id)
        # Without a ring nobody has ever listened; what the ring's base covers was in the snapshot.
        if ring is None or recorded.account_seq <= ring.last_seq:
            return
        event = self._writer.write(recorded, is_valued=recorded.account_id in self._valued)
        before = len(ring)
        ring.add(event)
        self._kept += len(ring) - before
        if self._kept > EVENTS_MAX:
            self._make_room()
        messages = event.messages
        for listener in self._listeners.get(recorded.account_id, ()):
            for channel in messages:
                if listener.hears(channel):
                    listener.outbox.private(*messages[channel])

    def resume(self, listener: Listener, channel: Channel, *, from_seq: int | None, now_ns: Nanos) -> None:
        """Listen to a channel: from now, or after an event; where those are gone, say so and send how things stand."""
        listener.topics.add(Topic(channel))
        account_id = listener.account_id
        if channel is not Channel.TRADING:
            self._valued.setdefault(account_id, self.last_seq(account_id))
        if from_seq is None:
            return
        missed = self._rings[account_id].after(from_seq)
        is_kept = channel is not Channel.PORTFOLIO_UPDATES or from_seq >= self._valued[account_id]
        if missed is None or not is_kept:
            self._resync(listener, channel, from_seq=from_seq, now_ns=now_ns)
            return
        listener.outbox.replay([one for event in missed for one in event.messages.get(channel, ())])

    def show_portfolio(self, listener: Listener, *, now_ns: Nanos) -> None:
        """Send what an account is worth now."""
        account = self._accounts.account(listener.account_id)
        if account is not None:
            listener.outbox.private(self._writer.portfolio(account, now_ns=now_ns))

    def show_account(self, listener: Listener, channel: Channel, *, now_ns: Nanos) -> None:
        """Send how everything of the account stands now."""
        account = self._accounts.account(listener.account_id)
        if account is not None:
            seq = self.last_seq(listener.account_id)
            listener.outbox.private(self._writer.snapshot(channel, account, seq=seq, now_ns=now_ns))

    def pulse(self, now_ns: Nanos) -> None:
        """Send positions and portfolios whose marks have moved since the last pulse."""
        moved = self._moved_symbols()
        for account_id, listeners in self._listeners.items():
            positions = [one for one in self._accounts.positions(account_id) if one.symbol in moved]
            account = self._accounts.account(account_id)
            if not positions or account is None:
                continue
            portfolio = self._writer.portfolio(account, now_ns=now_ns)
            updates = {
                channel: [(one.position_id, self._writer.position(channel, one, now_ns=now_ns)) for one in positions]
                for channel in _OWN
                if any(listener.hears(channel) for listener in listeners)
            }
            for listener in listeners:
                if listener.hears(Channel.PORTFOLIO_UPDATES):
                    listener.outbox.market(Topic(Channel.PORTFOLIO_UPDATES), portfolio)
                for channel, said in updates.items():
                    for position_id, update in said if listener.hears(channel) else ():
                        listener.outbox.market(Topic(channel, position_id), update)

    def _moved_symbols(self) -> set[str]:
        held = {one.symbol for account_id in self._listeners for one in self._accounts.positions(account_id)}
        marks = {symbol: self._prices.mark(symbol) for symbol in held}
        moved = {symbol for symbol, mark in marks.items() if mark != self._marks.get(symbol)}
        self._marks = marks
        return moved

    def _resync(self, listener: Listener, channel: Channel, *, from_seq: int, now_ns: Nanos) -> None:
        seq = self.last_seq(listener.account_id)
        data = {"from_seq": from_seq, "reason": "history_gone", "timestamp": instant_text(now_ns)}
        listener.outbox.private(message("resync", data, beside={"channel": channel, "seq": seq}))
        account = self._accounts.account(listener.account_id)
        if account is not None:
            listener.outbox.private(self._writer.snapshot(channel, account, seq=seq, now_ns=now_ns))

    def _broadcast(self, recorded: Recorded) -> None:
        messages = self._writer.write(recorded).messages
        for listeners in self._listeners.values():
            for listener in listeners:
                for channel in _OWN:
                    if listener.hears(channel):
                        listener.outbox.private(*messages[channel])

    def _committed(self, account_id: str) -> int:
        account = self._accounts.account(account_id)
        return 0 if account is None else account.event_count

    def _make_room(self) -> None:
        """Drop the oldest ring without a listener."""
        silent = next((one for one in self._rings if one not in self._listeners), None)
        if silent is not None:
            self._kept -= len(self._rings.pop(silent))
            self._valued.pop(silent, None)
