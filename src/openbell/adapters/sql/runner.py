"""Where the stores' queries run, so that a store is the same for every database."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Runner(Protocol):
    """Runs blocking work on a database away from the event loop. Raises Unavailable when it does not answer."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries that see one state of the database."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes as one transaction; durable on return, without a trace when the work raises."""
        ...
