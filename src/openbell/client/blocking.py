"""The blocking client. Safe to share between threads."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from openbell.client.access import Auth, Keys, Users
from openbell.client.call import Call, Page, next_page
from openbell.client.core import Alone, Ask, Core, Flow, Pause, Retries, Send
from openbell.client.datasets import Datasets
from openbell.client.line import Line
from openbell.client.live import AsyncStream, StateSeen, socket_url
from openbell.client.live_blocking import Stream, in_thread
from openbell.client.orders import Orders
from openbell.client.oversight import Alerts, Controls, Instruments, ServerHealth
from openbell.client.performance import Performances
from openbell.client.portfolio import Portfolios, Positions
from openbell.client.runs import Runs
from openbell.client.session import Session
from openbell.client.strategies import Strategies
from openbell.client.transport import failed, reply_of, request_of, server_of, settings_of

T = TypeVar("T")


class Client:
    """A server at an address, and a caller: an API key, or an e-mail and a password.

    For a user with a second factor, `second_factor` gives a fresh code each time the password has to be sent.
    Address and key are taken from OPENBELL_URL and OPENBELL_API_KEY where they are not given. Each single wait for the
    network is at most `timeout_s` long; every method raises OpenbellError when the server does not do what was asked.
    """

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
        self._http = httpx2.Client(**settings_of(self.url, timeout_s))
        self._turn = threading.Lock()
        self.auth = Auth(self)
        self.orders = Orders(self)
        self.positions = Positions(self)
        self.portfolio = Portfolios(self)
        self.performance = Performances(self)
        self.strategies = Strategies(self)
        self.runs = Runs(self)
        self.datasets = Datasets(self)
        self.alerts = Alerts(self)
        self.controls = Controls(self)
        self.users = Users(self)
        self.keys = Keys(self)
        self.instruments = Instruments(self)
        self.health = ServerHealth(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def stream(self, *, from_seq: int | None = None, on_state: StateSeen | None = None) -> Stream:
        """Open a live stream: to be used in `with`. `from_seq` goes on after a private event seen earlier."""
        credential = in_thread(lambda refused: self.do(self._core.credential(refused)))
        line = Line(from_seq=from_seq, on_state=on_state)
        return Stream(AsyncStream(socket_url(self.url), credential=credential, line=line))

    def do(self, what: Call[T] | Flow[T]) -> T:
        """Do a call or a flow: what the methods of all resources end in."""
        flow = self._core.perform(what) if isinstance(what, Call) else what
        outcome: Any = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            outcome = self._step(step)

    def each(self, call: Call[Page[T]]) -> Iterator[T]:
        """Walk through a list, page by page, as far as it is asked for."""
        wanted: Call[Page[T]] | None = call
        while wanted is not None:
            page = self.do(wanted)
            yield from page.data
            wanted = next_page(wanted, page)

    def _step(self, step: Send | Pause | Alone | Ask) -> Any:
        match step:
            case Send():
                try:
                    return reply_of(self._http.request(**request_of(step)))
                except httpx2.RequestError as problem:
                    return failed(problem)
            case Pause(seconds=seconds):
                return time.sleep(seconds)
            case Alone(flow=flow):
                with self._turn:
                    return self.do(flow())
            case Ask(call=call):
                return self.do(call)
