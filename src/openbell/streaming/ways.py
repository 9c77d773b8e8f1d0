"""How the same bytes get to many connections: straight to each socket, or by its transport where that has to be.

The event loop's transport keeps what it is given until its next turn, and then writes it: about 1 µs a message more,
and the first of two thousand waits until all of them are in the queue. The socket can be written to at once while
nothing is queued for it. What the kernel does not take, and all that an encrypted connection says, is the transport's.
"""

import asyncio
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

NO_SOCKET = -1
_KNOWN = ("uvloop.loop", "TCPTransport")
"""The kind of transport of which it is known that it keeps its socket until the protocol has been told of the end."""


class Way(NamedTuple):
    """The way to one connection. `socket` is what the system calls it, and NO_SOCKET where only `write` may be used."""

    write: Callable[[bytes], None]
    queued: Callable[[], int]
    """How many bytes wait in the transport: what follows them has to as well."""
    socket: int = NO_SOCKET


def way_of(transport: asyncio.Transport) -> Way:
    """Give the way to a connection that is open, for as long as it is: its socket's number is somebody else's later."""
    kind = type(transport)
    own = transport.get_extra_info("socket") if (kind.__module__, kind.__name__) == _KNOWN else None
    return Way(transport.write, transport.get_write_buffer_size, NO_SOCKET if own is None else own.fileno())


def write_all(ways: Iterable[Way], frames: bytes) -> None:
    """Write the same bytes to all of them."""
    length, write_to = len(frames), os.write
    for write, queued, number in ways:
        if number < 0 or queued():
            write(frames)
            continue
        try:
            taken = write_to(number, frames)
        except OSError:
            # It is full, or broken: the transport waits for the one, and ends the connection for the other.
            taken = 0
        if taken < length:
            write(frames[taken:])
