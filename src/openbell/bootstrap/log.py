"""The log: JSON, one line an entry, on standard error."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec
import structlog

from openbell.api.access_log import Entry, Writer
from openbell.api.values import timestamp
from openbell.domain.values import Nanos


class AccessLog:
    """Writes the entries of requests, those of one turn of the event loop together.

    It says what the other log says, in the same words: there an entry passes five processors and each is a write.
    """

    def __init__(self, out: BinaryIO, *, now_ns: Callable[[], Nanos] = time.time_ns) -> None:
        self._out = out
        self._now_ns = now_ns
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []

    def write(self, entry: Entry) -> None:
        """Write an entry, at the latest when this turn of the loop is over."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        # Every entry has members: its end is taken off, and what every line says is put there.
        said = f',"event":"request","level":"info","timestamp":"{timestamp(self._now_ns())}"}}'
        self._lines.append(self._encode(entry)[:-1] + said.encode())

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        self._out.write(b"\n".join([*lines, b""]))
        self._out.flush()


def set_up_log(level: str) -> Writer | None:
    """Have everything logged from a level on. Gives how requests are, None where that level leaves them out."""
    number = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_written),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )
    return AccessLog(sys.stderr.buffer).write if number <= logging.INFO else None


def _written(entry: dict[str, Any], *, default: Callable[[Any], Any]) -> bytes:
    """Write one entry of the log."""
    try:
        return msgspec.json.encode(entry, enc_hook=default)
    except (UnicodeEncodeError, OverflowError, TypeError):
        # A text or a number that somebody sent in, and that has no place in JSON: rather odd than lost.
        return json.dumps(entry, default=default).encode()
