"""Whether the credentials of open connections still hold: asked once for all connections of one caller."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from openbell.domain.access import Principal
from openbell.domain.values import NANOS_PER_SECOND, Nanos

COUNTS_NS = NANOS_PER_SECOND // 4
"""How long an answer counts. Connections ask twice a second, so that all of them know of an end within a second."""
ASKED_NS = NANOS_PER_SECOND // 10
"""How much longer it counts while it is asked anew: then of many connections none has to wait for the answer."""
ANSWERS_MAX = 10_000
"""Answers remembered; past it all callers are asked about anew."""


class Standings:
    """The latest answers. Time is monotonic: setting the clock keeps nobody in."""

    def __init__(
        self, ask: Callable[[Principal], Awaitable[bool]], *, monotonic_ns: Callable[[], Nanos] = time.monotonic_ns
    ) -> None:
        self._ask = ask
        self._now = monotonic_ns
        self._good_until: dict[Principal, Nanos] = {}
        self._asking: dict[Principal, asyncio.Future[bool]] = {}
        self._era = object()
        """Another one after each time that somebody's rights changed."""

    def known(self, caller: Principal) -> bool:
        """Tell whether a yes is so fresh that there is no need to wait for an answer; one that ages is asked anew."""
        late_ns = self._now() - self._good_until.get(caller, -ASKED_NS)
        if 0 <= late_ns < ASKED_NS:
            self._question(caller)
        return late_ns < ASKED_NS

    async def holds(self, caller: Principal) -> bool:
        """Tell whether a caller's credentials hold. Raises what asking raises."""
        if self._good_until.get(caller, 0) > self._now():
            return True
        return await asyncio.shield(self._question(caller))

    def forget(self) -> None:
        """Ask about everybody again: somebody's rights have changed."""
        self._era = object()
        self._good_until.clear()
        self._asking.clear()

    def _question(self, caller: Principal) -> "asyncio.Future[bool]":
        asking = self._asking.get(caller)
        if asking is None:
            asking = self._asking[caller] = asyncio.ensure_future(self._asked(caller))
            asking.add_done_callback(partial(self._answered, caller))
        return asking

    async def _asked(self, caller: Principal) -> bool:
        # An answer is as old as its question: what is looked up may change while it is on its way.
        asked_ns, era = self._now(), self._era
        is_good = await self._ask(caller)
        if is_good and era is self._era:
            if len(self._good_until) >= ANSWERS_MAX:
                self._good_until.clear()
            self._good_until[caller] = asked_ns + COUNTS_NS
        else:
            self._good_until.pop(caller, None)
        return is_good

    def _answered(self, caller: Principal, asking: "asyncio.Future[bool]") -> None:
        if self._asking.get(caller) is asking:
            del self._asking[caller]
        if not asking.cancelled():
            asking.exception()  # whoever asked has it; nobody may have stayed to hear
