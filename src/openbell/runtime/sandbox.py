"""A conversation with submitted code: one event, one answer, each checked and within its budget, or the end."""

import asyncio
import struct

import msgspec

from openbell.domain.order import Side, TimeInForce
from openbell.ports import Sandbox, SandboxFailed, SandboxProcess

EVENT_CPU_S = 0.05
"""Processor time for one event."""
EVENT_WALL_S = 2.0
"""Time for one event on the wall: on a busy machine a fair answer may have to wait for its turn."""
START_CPU_S = 2.0
START_WALL_S = 20.0
REST_CPU_S = 0.1
"""Processor time that may go by between an answer and the next event."""
LOOK_S = 0.05
"""How often the clock is looked at while an answer is due."""
ANSWER_BYTES_MAX = 64 * 1024
ACTIONS_MAX = 100
LOG_LINES_MAX = 50
LOG_LENGTH_MAX = 500
_AMOUNT_MAX = 1 << 62


class PlaceAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="place"):
    """It wants an order placed. Prices and quantity are scaled steps."""

    symbol: str
    side: Side
    quantity: int
    client_order_id: str
    limit: int | None = None
    stop: int | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    reduce_only: bool = False


class CancelAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cancel"):
    """It wants one of its orders canceled, by client order id or order id."""

    order_id: str


class CancelAllAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cancel_all"):
    """It wants all its orders canceled, or those in one symbol."""

    symbol: str | None = None


Action = PlaceAction | CancelAction | CancelAllAction


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What submitted code answers to an event."""

    actions: list[Action]
    log: list[str]
    error: str
    warm_up_bars: int


class SandboxSession:
    """One strategy's code in its process, from its start to its end. Every failure ends the process."""

    def __init__(self, process: SandboxProcess) -> None:
        self._process = process
        self._cpu_at_rest = 0.0

    @classmethod
    async def open(cls, sandbox: Sandbox, start: bytes) -> tuple["SandboxSession", Reply]:
        """Start a process and give it its source. Raises SandboxFailed."""
        session = cls(await sandbox.start())
        return session, await session.ask(start, cpu_s=START_CPU_S, wall_s=START_WALL_S)

    async def ask(self, event: bytes, *, cpu_s: float = EVENT_CPU_S, wall_s: float = EVENT_WALL_S) -> Reply:
        """Tell an event and give the answer. Raises SandboxFailed."""
        is_well = False
        try:
            self.check_rest()
            data = await self._exchange(event, cpu_s, wall_s)
            self._cpu_at_rest = self._process.cpu_seconds()
            reply = _checked(data)
            is_well = True
            return reply
        finally:
            if not is_well:
                await self.close()

    def check_rest(self) -> None:
        """See to it that nothing works while nothing was asked. Raises SandboxFailed."""
        if self._cpu_at_rest and self._process.cpu_seconds() - self._cpu_at_rest > REST_CPU_S:
            raise SandboxFailed("it went on working, or ended, between two events")

    async def close(self) -> None:
        """End the process; harmless when it has ended."""
        await self._process.kill()

    async def _exchange(self, event: bytes, cpu_s: float, wall_s: float) -> bytes:
        loop, used_before = asyncio.get_running_loop(), self._process.cpu_seconds()
        task = loop.create_task(self._tell(event))
        late = loop.time() + wall_s
        try:
            while not (await asyncio.wait([task], timeout=LOOK_S))[0]:
                used = self._process.cpu_seconds() - used_before
                if cpu_s < used < float("inf"):
                    raise SandboxFailed(f"it used more than {cpu_s * 1000:.0f} ms of processor time on one event")
                if loop.time() > late:
                    raise SandboxFailed(f"it did not answer within {wall_s:g} s")
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])

    async def _tell(self, event: bytes) -> bytes:
        await self._process.send(struct.pack(">I", len(event)) + event)
        size = struct.unpack(">I", await self._process.receive(4))[0]
        if size > ANSWER_BYTES_MAX:
            raise SandboxFailed(f"its answer of {size} bytes is longer than {ANSWER_BYTES_MAX}")
        return await self._process.receive(size)


def _checked(data: bytes) -> Reply:
    try:
        reply = msgspec.json.decode(data, type=Reply)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise SandboxFailed(f"its answer cannot be read: {problem}") from problem
    if reply.error:
        raise SandboxFailed(reply.error[:LOG_LENGTH_MAX])
    if len(reply.actions) > ACTIONS_MAX or len(reply.log) > LOG_LINES_MAX:
        raise SandboxFailed(f"it asked for more than {ACTIONS_MAX} things or left more than {LOG_LINES_MAX} notes")
    if any(abs(size or 0) > _AMOUNT_MAX for one in reply.actions for size in _sizes(one)):
        raise SandboxFailed("a quantity or price in its answer is out of range")
    return reply


def _sizes(action: Action) -> tuple[int | None, ...]:
    return (action.quantity, action.limit, action.stop) if isinstance(action, PlaceAction) else ()
