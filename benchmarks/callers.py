"""Many HTTP clients in one process: kept connections, each asking its next question when the last one is answered."""

import asyncio
import re
import time
from collections.abc import Sequence
from itertools import cycle
from typing import cast

import msgspec
from figures import quantile
from process import TICKS_A_SECOND, Process

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"
CONNECT_SECONDS_MAX = 30.0


class Answered(msgspec.Struct, frozen=True):
    """What a while of asking gave: milliseconds of each answer, and wall and processor seconds of the server."""

    milliseconds: list[float]
    wall_seconds: float
    cpu_seconds: float

    @property
    def a_second(self) -> float:
        """Answers a second by the clock."""
        return len(self.milliseconds) / self.wall_seconds

    @property
    def microseconds(self) -> float:
        """What one answer cost the server's processor, which is counted by the hundredth of a second."""
        return max(self.cpu_seconds, 1 / TICKS_A_SECOND) / max(len(self.milliseconds), 1) * 1e6

    def within(self, part: float) -> float:
        """Give the milliseconds within which this part was answered."""
        return quantile(self.milliseconds, part)


class Caller(asyncio.Protocol):
    """One client. An answer of another status than expected ends it with what the server said."""

    def __init__(self, questions: Sequence[bytes], status: int, answered: list[float]) -> None:
        self._questions = cycle(questions)
        self._status = b" %d " % status
        self._answered = answered
        self._received = b""
        self._whole = 0
        self._asked = 0.0
        self._end = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def ask_until(self, end: float) -> None:
        """Begin to ask, until an instant."""
        self._end = end
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer, and ask again when it is whole."""
        self._received = self._received + data if self._received else data
        if not self._whole:
            head = self._received.find(END)
            if head < 0:
                return
            if self._status not in self._received[:32]:
                self._finish(AssertionError(self._received[:500].decode()))
                return
            length = LENGTH.search(self._received, 0, head + 2)
            assert length is not None, self._received[:200]
            self._whole = head + len(END) + int(length[1])
        if len(self._received) < self._whole:
            return
        now = time.perf_counter()
        self._answered.append((now - self._asked) * 1_000)
        self._received, self._whole = b"", 0
        if now < self._end:
            self._ask()
        else:
            self._finish(None)

    def connection_lost(self, problem: Exception | None) -> None:
        """Note that the server hung up."""
        self._finish(problem or ConnectionError("the server hung up"))

    def _ask(self) -> None:
        assert self._transport is not None
        self._asked = time.perf_counter()
        self._transport.write(next(self._questions))

    def _finish(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if problem is None else self.done.set_exception(problem)


def question(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """Write a request."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1"]
    lines += [f"authorization: Bearer {token}"] if token else []
    lines += ["content-type: application/json", f"content-length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


async def ask(
    process: Process, questions: Sequence[bytes], *, clients: int, seconds: float, status: int = 200
) -> Answered:
    """Ask in turn, from so many clients at once, for a while. Every answer has to have the status."""
    loop, answered = asyncio.get_running_loop(), cast("list[float]", [])
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        opened = [
            await loop.create_connection(lambda: Caller(questions, status, answered), "127.0.0.1", process.port)
            for _ in range(clients)
        ]
    begin, cpu = time.perf_counter(), process.cpu_seconds()
    for _, caller in opened:
        caller.ask_until(begin + seconds)
    await asyncio.gather(*(caller.done for _, caller in opened))
    wall, cpu = time.perf_counter() - begin, process.cpu_seconds() - cpu
    for transport, _ in opened:
        transport.close()
    return Answered(answered, wall, cpu)
