"""Telemetry: one configured account as the public may see it, with its costs and the volatility around it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec
import structlog

from openbell.analytics.volatility import VolatilityRegime
from openbell.domain.access import Role
from openbell.domain.account import Mode
from openbell.domain.events import Recorded
from openbell.domain.fill import Fill
from openbell.domain.market import Quote
from openbell.domain.strategy import ParameterValue
from openbell.domain.telemetry import Reading
from openbell.domain.values import Money
from openbell.ports import AccessStore, Market, Trading, Unavailable, Views
from openbell.services.leakage import Leakage, LeakageRates, value_in_base
from openbell.services.portfolio import Portfolio
from openbell.services.telemetry_parameters import completed, rates_of, rules_of

log = structlog.get_logger(__name__)


class TelemetryStore(Protocol):
    """Where an account's parameters and counted costs survive a restart."""

    async def load(self, account_id: str) -> bytes | None:
        """Give what was kept."""
        ...

    async def save(self, account_id: str, body: bytes) -> None:
        """Replace what is kept."""
        ...


class TelemetrySetup(msgspec.Struct, frozen=True, kw_only=True):
    """Whose telemetry it is: an account id or a login, else the first admin's; and defaults of parameters."""

    account: str = ""
    strategy_id: str = ""
    """The strategy whose parameters are meant when none is named; else the account's market maker."""
    defaults: dict[str, ParameterValue] = {}


class Kept(msgspec.Struct, kw_only=True):
    """What survives a restart: parameters that were set, their revision, and costs counted up to a place."""

    revision: int = 0
    parameters: dict[str, ParameterValue] = {}
    leakage: Leakage = msgspec.field(default_factory=Leakage)


RecordsAfter = Callable[[int], Iterable[Recorded]]
"""Gives what was committed after a place in the journal."""


class Telemetry:
    """One account, as telemetry shows it."""

    def __init__(
        self,
        *,
        setup: TelemetrySetup,
        trading: Trading,
        views: Views,
        market: Market,
        portfolio: Portfolio,
        users: AccessStore,
        store: TelemetryStore,
        records_after: RecordsAfter,
    ) -> None:
        self.setup = setup
        self.account_id = ""
        """The account that is shown; '' before the start, or when there is no such account."""
        self._trading = trading
        self._views = views
        self._market = market
        self._portfolio = portfolio
        self._users = users
        self._store = store
        self._records_after = records_after
        self._kept = Kept()
        self._rates = LeakageRates()
        self._regime = VolatilityRegime()
        self._traded: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Find the account, and count what was committed since the costs were kept last."""
        self.account_id = await self._find_account()
        if not self.account_id:
            log.error("telemetry has no account to show", wanted=self.setup.account)
            return
        body = await self._store.load(self.account_id)
        self._kept = Kept() if body is None else msgspec.json.decode(body, type=Kept)
        self._put_in_force()
        self.count(self._records_after(self._kept.leakage.seq))
        self.sample()

    # -- what is told --------------------------------------------------------------------------

    @property
    def mode(self) -> Mode | None:
        """The kind of money in the account; None while there is no account."""
        account = self._views.account(self.account_id)
        return None if account is None else account.mode

    @property
    def traded(self) -> frozenset[str]:
        """The instruments that count for volatility and latency."""
        return self._traded

    def reading(self) -> Reading | None:
        """Look at the account now; None while there is none. The latency is for whoever tells it to say."""
        account, summary = self._views.account(self.account_id), self._portfolio.summary(self.account_id)
        if account is None or summary is None:
            return None
        leakage = self._kept.leakage
        gross, fees = summary.total_pnl + summary.fees, summary.fees + leakage.fees
        inventory: dict[str, int] = {}
        for position in self._views.positions(self.account_id):
            inventory[position.symbol] = inventory.get(position.symbol, 0) + position.quantity
        return Reading(
            ts_ns=self._trading.now_ns(),
            currency=account.base_currency,
            virtual_pnl=gross - fees - leakage.slippage - leakage.gas,
            gross_pnl=gross,
            fees=fees,
            slippage=leakage.slippage,
            gas=leakage.gas,
            vol_state=self._regime.state,
            realized_volatility=self._regime.volatility,
            latency_ms=None,
            inventory=inventory,
            open_orders=len(self._views.open_orders(self.account_id)),
            mode=account.mode,
            kill_switch_active=any(s.target in ("", self.account_id) for s in self._views.kill_switches()),
        )

    # -- what is heard -------------------------------------------------------------------------

    def count(self, records: Iterable[Recorded]) -> None:
        """Count the costs in committed events, in order."""
        for recorded in records:
            self._kept.leakage.take(recorded, account_id=self.account_id, rates=self._rates, value_of=self._value_of)

    def observe(self, quote: Quote) -> None:
        """Take a price for the volatility."""
        self._regime.observe(quote.symbol, (quote.bid + quote.ask) / 2, ts_ns=quote.ts_ns)

    def sample(self) -> None:
        """Sample the volatility of what is traded, about once a second.

        That is all that strategies name or that was held since the start; where there is nothing, everything.
        """
        symbols = {symbol for one in self._views.strategies(self.account_id) for symbol in one.config.symbols}
        symbols.update(position.symbol for position in self._views.positions(self.account_id))
        self._traded |= symbols
        every = (instrument.symbol for instrument in self._market.instruments())
        self._regime.sample(self._traded or frozenset(every), ts_ns=self._trading.now_ns())

    # -- parameters ----------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """How often parameters were changed."""
        return self._kept.revision

    @property
    def parameters(self) -> dict[str, ParameterValue]:
        """The whole set of parameters in force."""
        return completed(self.setup.defaults | self._kept.parameters)

    async def change(self, values: Mapping[str, ParameterValue]) -> None:
        """Put checked parameters in force, from the next event on; durable on return. Raises Unavailable."""
        before = self._kept.parameters
        self._kept.parameters = before | dict(values)
        self._kept.revision += 1
        self._put_in_force()
        try:
            await self.save()
        except Unavailable:
            self._kept.parameters = before
            self._put_in_force()
            raise

    async def save(self) -> None:
        """Keep parameters and counted costs. Raises Unavailable."""
        await self._store.save(self.account_id, msgspec.json.encode(self._kept))

    def _put_in_force(self) -> None:
        values = self.parameters
        self._rates, self._regime.rules = rates_of(values), rules_of(values)

    def _value_of(self, fill: Fill) -> Money:
        account, instrument = self._views.account(self.account_id), self._market.instrument(fill.symbol)
        if account is None or instrument is None:
            return 0
        rate = self._views.rate(fill.currency, account.base_currency)
        return value_in_base(instrument.notional(fill.quantity, fill.price), rate)

    async def _find_account(self) -> str:
        wanted = self.setup.account
        if not wanted:
            users = await self._users.users()
            return next((user.account_id for user in users if user.role is Role.ADMIN), "")
        if self._views.account(wanted) is not None:
            return wanted
        user = await self._users.user_by_login(wanted)
        return "" if user is None else user.account_id
