"""The asynchronous client."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from openbell.client.access import AsyncAuth, AsyncKeys, AsyncUsers
from openbell.client.call import Call, Page, next_page
from openbell.client.core import Alone, Ask, Core, Flow, Pause, Retries, Send
from openbell.client.datasets import AsyncDatasets
from openbell.client.line import Line
from openbell.client.live import AsyncStream, StateSeen, socket_url
from openbell.client.orders import AsyncOrders
from openbell.client.oversight import AsyncAlerts, AsyncControls, AsyncInstruments, AsyncServerHealth
from openbell.client.performance import AsyncPerformances
from openbell.client.portfolio import AsyncPortfolios, AsyncPositions
from openbell.client.runs import AsyncRuns
from openbell.client.session import Session
from openbell.client.strategies import AsyncStrategies
from openbell.client.transport import failed, reply_of, request_of, server_of, settings_of

T = TypeVar("T")


class AsyncClient:
    """The same as Client, for an event loop: every method is to be awaited, every walk is an `async for`."""

    def __init__(
        self,
        url: str = "",
        *,
        api_key: str = "",
        email: str = "",
        password: str = "",
        second_factor: Callable[[], str] | None = None,
        timeout_s: float = 10.0,
        retries: Retries | None = None,
    ) -> None:
        self.url = server_of(url, os.environ)
        key = api_key or ("" if email else os.environ.get("OPENBELL_API_KEY", ""))
        session = Session(api_key=key, email=email, password=password, second_factor=second_factor)
        self._core = Core(session, retries=retries or Retries(), clock=time.monotonic)
        self._http = httpx2.AsyncClient(**settings_of(self.url, timeout_s))
        self._turn = asyncio.Lock()
        self.auth = AsyncAuth(self)
        self.orders = AsyncOrders(self)
        self.positions = AsyncPositions(self)
        self.portfolio = AsyncPortfolios(self)
        self.strategies = AsyncStrategies(self)
        self.performance = AsyncPerformances(self)
        self.runs = AsyncRuns(self)
        self.datasets = AsyncDatasets(self)
        self.alerts = AsyncAlerts(self)
        self.controls = AsyncControls(self)
        self.users = AsyncUsers(self)
        self.keys = AsyncKeys(self)
        self.instruments = AsyncInstruments(self)
        self.health = AsyncServerHealth(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def stream(self, *, from_seq: int | None = None, on_state: StateSeen | None = None) -> AsyncStream:
        """Open a live stream: to be used in `async with`. `from_seq` goes on after a private event seen earlier."""

        async def credential(refused: str) -> str:
            return await self.do(self._core.credential(refused))

        line = Line(from_seq=from_seq, on_state=on_state)
        return AsyncStream(socket_url(self.url), credential=credential, line=line)

    async def do(self, what: Call[T] | Flow[T]) -> T:
        """Do a call or a flow: what the methods of all resources end in."""
        flow = self._core.perform(what) if isinstance(what, Call) else what
        outcome: Any = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            outcome = await self._step(step)

    async def each(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Walk through a list, page by page, as far as it is asked for."""
        wanted: Call[Page[T]] | None = call
        while wanted is not None:
            page = await self.do(wanted)
            for row in page.data:
                yield row
            wanted = next_page(wanted, page)

    async def _step(self, step: Send | Pause | Alone | Ask) -> Any:
        match step:
            case Send():
                try:
                    return reply_of(await self._http.request(**request_of(step)))
                except httpx2.RequestError as problem:
                    return failed(problem)
            case Pause(seconds=seconds):
                return await asyncio.sleep(seconds)
            case Alone(flow=flow):
                async with self._turn:
                    return await self.do(flow())
            case Ask(call=call):
                return await self.do(call)
