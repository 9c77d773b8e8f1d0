"""The core of a stopped server: enough to open and stop accounts, journaled as if the server had done it."""

import asyncio

from openbell.domain.account import Account
from openbell.domain.commands import Command
from openbell.domain.values import Nanos
from openbell.engine.core import Core, CoreSettings
from openbell.ports import Clock, Journal, JournalFailed, Outcome, Unavailable
from openbell.runtime.recovery import recover


class OfflineTrading:
    """Trading without a market and without a venue, and the accounts as they then stand."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._core: Core | None = None

    def now_ns(self) -> Nanos:
        """Give the time commands are to carry."""
        return self._clock.now_ns()

    async def submit(self, command: Command) -> Outcome:
        """Have the core decide a command and return once its events are durable."""
        step = self._recovered().step(command)
        if step.records:
            durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def on_durable(failure: JournalFailed | None) -> None:
                if failure is None:
                    durable.set_result(None)
                else:
                    durable.set_exception(failure)

            self._journal.append(step.records, on_durable)
            await durable
        return Outcome(subject_id=step.subject_id, refusal=step.refusal)

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait for nothing: no venue is there to ask."""

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        book = self._recovered().state.accounts.get(account_id)
        return None if book is None else book.account

    def _recovered(self) -> Core:
        if self._core is None:
            # Reading the journal is for those who need the core: a list of users does not.
            self._core = Core(CoreSettings(instruments={}), recover(self._journal).state)
        return self._core


class RefusedTrading:
    """Stands where the core of a running server would be: its accounts change through its API alone."""

    def now_ns(self) -> Nanos:
        """Give no time: nothing will carry it."""
        return 0

    async def submit(self, command: Command) -> Outcome:
        """Refuse. Always raises Unavailable."""
        raise Unavailable(
            f"a server is running on this data directory and it alone may do this ({type(command).__name__}): "
            "use its API (/v1/users), or stop it first"
        )

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait for nothing."""

    def account(self, account_id: str) -> Account | None:  # noqa: ARG002 - the form of Views.account
        """Refuse. Always raises Unavailable."""
        raise Unavailable("a server is running on this data directory: use its API (/v1/users), or stop it first")
