"""A key that came with a request while the store was away is nobody's: the request may come again."""

import asyncio

import pytest

from fakes import SteppedClock
from openbell.ports import Unavailable
from openbell.services.answers import Answers, KeyInFlight


class Store:
    """Knows of no answer, and does what the test wants before it says so."""

    def __init__(self, first):
        self._first = first

    async def kept(self, _user_id, _key):
        first, self._first = self._first, None
        if first is not None:
            await first()


async def away():
    raise Unavailable("the database does not answer")


@pytest.mark.line("E3")
async def test_a_key_is_not_kept_by_a_request_that_found_the_store_away():
    answers = Answers(store=Store(away), clock=SteppedClock())
    with pytest.raises(Unavailable):
        await answers.claim("ada", "k1", request=b"x")
    assert await answers.claim("ada", "k1", request=b"x") is None


async def test_a_key_is_not_kept_by_a_request_that_was_called_off():
    never = asyncio.Event()
    answers = Answers(store=Store(never.wait), clock=SteppedClock())
    asking = asyncio.ensure_future(answers.claim("ada", "k1", request=b"x"))
    await asyncio.sleep(0)
    assert isinstance(await answers.claim("ada", "k1", request=b"x"), KeyInFlight)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert await answers.claim("ada", "k1", request=b"x") is None
