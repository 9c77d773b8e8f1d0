"""Random histories of a stream: no cut, loss or forgetting makes it lose or repeat an event without saying so."""

import json

from hypothesis import given
from hypothesis import strategies as st

from openbell.client.line import Deliver, Line, Write


def frame(kind, **beside):
    return json.dumps({"type": kind, "data": {}, **beside})


def event(seq, part, parts):
    return frame("alert", channel="private", seq=seq, part=part, parts=parts)


class Server:
    """A stream of numbered events of one to three parts, of which the oldest may be gone."""

    def __init__(self):
        self.parts = []
        self.base = 0
        self.wire = []

    @property
    def seq(self):
        return len(self.parts)

    def happen(self, parts):
        self.parts.append(parts)
        self.wire += [event(self.seq, part, parts) for part in range(1, parts + 1)]

    def replay(self, from_seq):
        if not self.base <= from_seq <= self.seq:
            data = {"from_seq": from_seq, "reason": "history_gone", "timestamp": "2026-01-01T00:00:00Z"}
            self.wire.append(frame("resync", channel="private", seq=self.seq, data=data))
            return
        for seq in range(from_seq + 1, self.seq + 1):
            self.wire += [event(seq, part, self.parts[seq - 1]) for part in range(1, self.parts[seq - 1] + 1)]

    def connect(self, from_seq):
        self.wire = [frame("connected", data={"seq": self.seq})]
        if from_seq is not None:
            self.replay(from_seq)

    def hear(self, actions):
        for said in (json.loads(one.text) for one in actions if isinstance(one, Write)):
            self.replay(said["from_seq"])
            self.wire.append(json.dumps({"type": "subscribed", "channel": "private", "seq": self.seq}))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("happen"), st.integers(1, 3)),
        st.tuples(st.just("read"), st.integers(1, 6)),
        st.tuples(st.just("drop"), st.integers(0, 5)),
        st.tuples(st.just("cut"), st.just(0)),
        st.tuples(st.just("forget"), st.integers(0, 3)),
        st.tuples(st.just("beat"), st.just(0)),
    ),
    max_size=60,
)


def reconnect(line, server):
    line.lost(1006, "")
    (connect,) = line.elapsed()
    server.connect(connect.from_seq)


def deliver(line, server, count, heard):
    for _ in range(min(count, len(server.wire))):
        actions = line.received(server.wire.pop(0))
        heard += [one.message for one in actions if isinstance(one, Deliver)]
        server.hear(actions)


def play(line, server, steps, heard):
    for what, number in steps:
        match what:
            case "happen":
                server.happen(number)
            case "read":
                deliver(line, server, number, heard)
            case "drop" if number < len(server.wire) and "alert" in server.wire[number]:
                del server.wire[number]
            case "cut":
                reconnect(line, server)
            case "forget":
                server.base = max(server.base, server.seq - number)
            case "beat":
                server.wire.append(frame("heartbeat", data={"seq": {"private": server.seq}}))


@given(STEPS)
def test_no_history_makes_the_line_lose_or_repeat_an_event(steps):
    line, server, heard = Line(draw=lambda: 0.0), Server(), []
    server.connect(line.start()[0].from_seq)
    play(line, server, [("read", 1), *steps], heard)
    reconnect(line, server)
    while server.wire:
        deliver(line, server, 1, heard)
    assert line.last_seq == server.seq
    last, part = 0, 0
    for message in heard:
        if message.type == "resync":
            last, part = message.seq, 0
        elif message.type == "alert":
            assert message.seq == last + 1
            part += 1
            if part == server.parts[message.seq - 1]:
                last, part = message.seq, 0
    assert (last, part) == (server.seq, 0)
