"""Whether credentials still hold is asked once for all connections of a caller, and again soon enough."""

import asyncio
import gc

from msgspec.structs import replace

from openbell.domain.access import Principal, Role
from openbell.ports import Unavailable
from openbell.services import standing
from openbell.services.standing import ASKED_NS, COUNTS_NS, Standings

ADA = Principal(user_id="u1", username="ada", role=Role.TRADER, account_id="a1", scopes=frozenset(), session_id="s1")


class Store:
    """Answers when it is told to."""

    def __init__(self):
        self.asked = 0
        self.is_good = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.now_ns = 1

    async def ask(self, caller):
        self.asked += 1
        is_good = self.is_good
        await self.gate.wait()
        return is_good

    def standings(self):
        return Standings(self.ask, monotonic_ns=lambda: self.now_ns)


async def test_all_connections_of_a_caller_share_one_question():
    store = Store()
    standings = store.standings()
    assert await asyncio.gather(*(standings.holds(ADA) for _ in range(50))) == [True] * 50
    assert (store.asked, standings.known(ADA)) == (1, True)


async def test_an_answer_counts_for_a_quarter_of_a_second_from_its_question():
    store = Store()
    standings = store.standings()
    store.gate.clear()
    asking = asyncio.ensure_future(standings.holds(ADA))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    store.now_ns += COUNTS_NS
    store.gate.set()
    assert await asking
    store.now_ns += ASKED_NS
    assert not standings.known(ADA)


async def test_an_answer_that_ages_is_asked_anew_before_anybody_has_to_wait():
    store = Store()
    standings = store.standings()
    assert await standings.holds(ADA)
    store.is_good, store.now_ns = False, store.now_ns + COUNTS_NS
    assert [standings.known(ADA) for _ in range(50)] == [True] * 50
    while standings._asking:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    assert (store.asked, standings.known(ADA)) == (2, False)


async def test_a_no_is_never_remembered():
    store = Store()
    standings = store.standings()
    assert await standings.holds(ADA)
    store.is_good, store.now_ns = False, store.now_ns + COUNTS_NS
    assert not await standings.holds(ADA)
    assert not await standings.holds(ADA)
    assert store.asked == 3


async def test_only_so_many_answers_are_remembered(monkeypatch):
    monkeypatch.setattr(standing, "ANSWERS_MAX", 2)
    standings = Store().standings()
    callers = [replace(ADA, session_id=f"s{number}") for number in range(3)]
    for caller in callers[:2]:
        await standings.holds(caller)
    assert [standings.known(caller) for caller in callers] == [True, True, False]
    await standings.holds(callers[2])
    assert [standings.known(caller) for caller in callers] == [False, False, True]


async def test_an_outage_while_nobody_waits_for_the_answer_is_no_error_of_the_loop():
    store, problems = Store(), []
    standings = store.standings()
    await standings.holds(ADA)
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: problems.append(problem))

    async def away(caller):
        store.asked += 1
        raise Unavailable("the database does not answer")

    standings._ask, store.now_ns = away, store.now_ns + COUNTS_NS
    assert standings.known(ADA)
    while standings._asking:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    gc.collect()
    assert (store.asked, problems) == (2, [])


async def test_an_answer_on_its_way_when_rights_change_is_not_remembered():
    store = Store()
    standings = store.standings()
    store.gate.clear()
    asking = asyncio.ensure_future(standings.holds(ADA))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    standings.forget()
    store.is_good = False
    store.gate.set()
    assert await asking
    assert not standings.known(ADA)
    assert not await standings.holds(ADA)
