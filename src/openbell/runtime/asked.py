"""A command on its way to being durable, and how whoever asked hears of it."""

import asyncio

import msgspec

from openbell.ports import Answered, Outcome, Unavailable


class Asked(msgspec.Struct, frozen=True):
    """A command that waits for its commit: what became of it, and whom to tell."""

    outcome: Outcome
    answered: Answered


def tell(told: asyncio.Future[Outcome], given: Outcome | Unavailable) -> None:
    """Wake whoever awaits a command, if they still do."""
    if not told.done():
        told.set_exception(given) if isinstance(given, Unavailable) else told.set_result(given)
