"""The program inside the sandbox: takes a submitted strategy's source, feeds it events, gives back what it asks for.

It stands alone (standard library only) and is trusted by nobody: whatever the source makes of this process, the host
checks each answer. First it shuts the doors behind itself: limits, user, system calls. Frames are a length of four
bytes, most significant first, and JSON.
"""

import builtins
import ctypes
import json
import os
import resource
import struct
import sys
import types
from typing import Any

LOG_LINES_MAX = 50
LOG_LENGTH_MAX = 500
SCALE = 100_000_000
MEMORY_BYTES = 256 << 20
FILE_BYTES = 1 << 20
OPEN_FILES = 16
CPU_SECONDS = 3_600

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER_MODE, _SIGKILL = 2, 9
_ARCH_X86_64 = 0xC000003E
_KILL, _DENY, _ALLOW = 0x80000000, 0x00050001, 0x7FFF0000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
# What a strategy needs: memory, time, chance, reading and writing what is open, and opening files it can see. No
# process, thread, socket, signal to others, namespace, key or trace is made with these. Numbers are x86-64's.
_CALLS = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 21, 24, 25, 28, 35, 39, 60, 63, 72, 77, 79, 87, 89),
    *(96, 98, 99, 102, 104, 107, 108, 131, 186, 202, 217, 219, 228, 229, 230, 231, 257, 262, 267, 318, 332, 334),
)


def shut_doors(uid: int) -> None:
    """Give up what this process could still do. From here on the kernel refuses the rest."""
    for kind, size in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (size, size))
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    os.nice(10)
    libc = ctypes.CDLL(None, use_errno=True)
    # Asked for again: a change of user forgets it.
    _prctl(libc, _PR_SET_PDEATHSIG, _SIGKILL)
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    _filter_calls(libc)


def _filter_calls(libc: ctypes.CDLL) -> None:
    steps = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, _ARCH_X86_64), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps += [(_JUMP_EQUAL, len(_CALLS) - place, 0, call) for place, call in enumerate(_CALLS)]
    steps += [(_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    _prctl(libc, _PR_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(program))


def _prctl(libc: ctypes.CDLL, option: int, value: int, further: int = 0) -> None:
    words = (ctypes.c_ulong(each) for each in (value, further, 0, 0))
    if libc.prctl(option, *words):
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")


class Strategy:
    """What a submitted strategy extends. `p` holds its parameters."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.p = dict(parameters)

    def warm_up_bars(self) -> int:
        """Give how many finished bars it wants to see before it trades."""
        return 0

    def on_start(self, ctx: Any) -> None:
        """Get ready; orders are dropped here."""

    def on_bar(self, ctx: Any, bar: Any) -> None:
        """Handle a finished bar."""

    def on_tick(self, ctx: Any, tick: Any) -> None:
        """Handle a trade or quote."""

    def on_order(self, ctx: Any, order: Any) -> None:
        """Handle news of an order."""


class Context:
    """What a strategy sees and may ask for. Prices, quantities and money are whole steps of 1e-8."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.symbols = tuple(start["symbols"])
        self.timeframe = start["timeframe"]
        self.instruments = {symbol: _record(one) for symbol, one in start["instruments"].items()}
        self._prefix = start["prefix"]
        self._placed = 0
        self.refresh(start)

    def refresh(self, told: dict[str, Any]) -> None:
        """Take over how things stand and forget what was asked before."""
        self.now_ns = told["now_ns"]
        self.is_warming_up = told["is_warming_up"]
        self._positions: dict[str, int] = told["positions"]
        self._marks: dict[str, int | None] = told["marks"]
        self._cash: int = told["cash"]
        self._orders = [_record(one) for one in told["orders"]]
        self.actions: list[dict[str, Any]] = []
        self.lines: list[str] = []

    def instrument(self, symbol: str) -> Any:
        """Give tick_size and lot_size of an instrument."""
        return self.instruments[symbol]

    def position(self, symbol: str) -> int:
        """Give the strategy's own signed position."""
        return self._positions.get(symbol, 0)

    def mark(self, symbol: str) -> int | None:
        """Give the price positions are valued at, or None."""
        return self._marks.get(symbol)

    def cash(self) -> int:
        """Give its cash in base currency."""
        return self._cash

    def open_orders(self, symbol: str | None = None) -> list[Any]:
        """List its open orders as of this event."""
        return [one for one in self._orders if symbol in (None, one.symbol)]

    def buy(self, symbol: str, quantity: int, **terms: Any) -> str:
        """Ask for a buy order; gives its client order id."""
        return self._place("BUY", symbol, quantity, terms)

    def sell(self, symbol: str, quantity: int, **terms: Any) -> str:
        """Ask for a sell order; gives its client order id."""
        return self._place("SELL", symbol, quantity, terms)

    def cancel(self, order_id: str) -> None:
        """Ask for a cancel, by client order id or order id."""
        self.actions.append({"type": "cancel", "order_id": order_id})

    def cancel_all(self, symbol: str | None = None) -> None:
        """Ask for the cancel of all its open orders, or those in one symbol."""
        self.actions.append({"type": "cancel_all", "symbol": symbol})

    def log(self, message: object) -> None:
        """Leave a note for the owner."""
        if len(self.lines) < LOG_LINES_MAX:
            self.lines.append(str(message)[:LOG_LENGTH_MAX])

    def print(self, *words: object, **_: object) -> None:
        """Leave a note, for code that prints."""
        self.log(" ".join(map(str, words)))

    def _place(self, side: str, symbol: str, quantity: int, terms: dict[str, Any]) -> str:
        self._placed += 1
        client_order_id = f"{self._prefix}{self._placed}"
        named = {"symbol": symbol, "side": side, "quantity": quantity, "client_order_id": client_order_id}
        self.actions.append({"type": "place"} | named | terms)
        return client_order_id


def _record(given: dict[str, Any]) -> Any:
    return types.SimpleNamespace(**given)


def _load(source: str) -> Any:
    """Run the source and give the one strategy class it defines."""
    shim = types.ModuleType("openbell.engine.strategy")
    vars(shim).update(Strategy=Strategy, SCALE=SCALE)
    for name in ("openbell", "openbell.engine"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[shim.__name__] = shim
    space = {"__name__": "submitted", "Strategy": Strategy, "SCALE": SCALE}
    exec(compile(source, "strategy.py", "exec"), space)  # noqa: S102 - this is what the sandbox is for
    found = [
        one for one in space.values() if isinstance(one, type) and issubclass(one, Strategy) and one is not Strategy
    ]
    if len(found) != 1:
        raise TypeError(f"the source defines {len(found)} strategies, not one")
    return found[0]


def _read(size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = os.read(0, size - len(parts))
        if not part:
            os._exit(0)
        parts += part
    return parts


def _write(answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    whole = memoryview(struct.pack(">I", len(body)) + body)
    while whole:
        whole = whole[os.write(1, whole) :]


def main() -> None:
    """Answer each frame with one frame until the input ends."""
    shut_doors(int(sys.argv[1]))
    strategy: Any = None
    ctx: Any = None
    while True:
        told = json.loads(_read(struct.unpack(">I", _read(4))[0]))
        error, wanted = "", 0
        try:
            if told["type"] == "start":
                ctx = Context(told)
                builtins.print = ctx.print
                strategy = _load(told["source"])(told["parameters"])
                wanted = strategy.warm_up_bars()
                strategy.on_start(ctx)
            else:
                ctx.refresh(told)
                getattr(strategy, f"on_{told['type']}")(ctx, _record(told[told["type"]]))
        except MemoryError:
            error = "MemoryError: it asked for more memory than it may have"
        except Exception as problem:  # noqa: BLE001 - whatever the source raises is its answer
            error = f"{type(problem).__name__}: {problem}"[:LOG_LENGTH_MAX]
        _write({"actions": ctx.actions, "log": ctx.lines, "error": error, "warm_up_bars": wanted})


if __name__ == "__main__":
    main()
