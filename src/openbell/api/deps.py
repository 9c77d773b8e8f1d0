"""What a route may ask for: the services, and who is calling.

@router.get("/v1/things")
async def list_things(services: Deps, caller: Annotated[Principal, caller(Scope.READ)]) -> ...
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.routing import RouteContext

from openbell.api.errors import ApiError
from openbell.api.exchange import Exchange, exchange_of
from openbell.domain.access import Principal, Scope
from openbell.services.access import Access
from openbell.services.alerts import Alerts
from openbell.services.answers import Answers
from openbell.services.audit import Audit
from openbell.services.balances import Balances
from openbell.services.changes import Changes
from openbell.services.closing import Closing
from openbell.services.controls import Controls
from openbell.services.datasets import Datasets
from openbell.services.dead_man import DeadMen
from openbell.services.emergency import Emergency
from openbell.services.health import Health
from openbell.services.keys import Keys
from openbell.services.links import Links
from openbell.services.market import MarketData
from openbell.services.mfa import Mfa
from openbell.services.models import Models
from openbell.services.orders import Orders
from openbell.services.performance import PerformanceFigures
from openbell.services.performance_reports import PerformanceReports
from openbell.services.portfolio import Portfolio
from openbell.services.quota import Quota
from openbell.services.reconnects import Reconnects
from openbell.services.risk import Risk
from openbell.services.runs import Runs
from openbell.services.sessions import Sessions
from openbell.services.signing import Signing
from openbell.services.strategies import Strategies
from openbell.services.submissions import Submissions
from openbell.services.tear_sheets import TearSheets
from openbell.services.telemetry import Telemetry
from openbell.services.transitions import Transitions
from openbell.services.tuning import Tuning
from openbell.services.users import Users
from openbell.streaming.hub import Hub
from openbell.streaming.telemetry import TelemetryFan
from openbell.streaming.turnstile import Turnstile

_LATER: Any = None
"""Stands for a service that a partial system, such as one in a test of the edge, does without."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Every service by its noun."""

    access: Access
    users: Users
    keys: Keys
    quota: Quota
    health: Health
    signing: Signing = _LATER
    mfa: Mfa = _LATER
    sessions: Sessions = _LATER
    closing: Closing = _LATER
    emergency: Emergency = _LATER
    risk: Risk = _LATER
    answers: Answers = _LATER
    audit: Audit = _LATER
    balances: Balances = _LATER
    orders: Orders = _LATER
    strategies: Strategies = _LATER
    submissions: Submissions = _LATER
    portfolio: Portfolio = _LATER
    market: MarketData = _LATER
    runs: Runs = _LATER
    models: Models = _LATER
    alerts: Alerts = _LATER
    controls: Controls = _LATER
    datasets: Datasets = _LATER
    dead_men: DeadMen = _LATER
    transitions: Transitions = _LATER
    performance: PerformanceFigures = _LATER
    reports: PerformanceReports = _LATER
    tear_sheets: TearSheets = _LATER
    streams: Hub = _LATER
    telemetry: Telemetry = _LATER
    telemetry_fan: TelemetryFan = _LATER
    tuning: Tuning = _LATER
    changes: Changes | None = None
    """Counts what changes, so that answers may be given again; without, none is."""
    links: Links = field(default_factory=Links)
    reconnects: Reconnects = field(default_factory=Reconnects)
    turnstile: Turnstile = field(default_factory=Turnstile)


async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


Deps = Annotated[Services, Depends(_services)]
"""Declare `services: Deps` on a route."""


async def _exchange(request: Request) -> Exchange:
    return exchange_of(request.scope)


CurrentExchange = Annotated[Exchange, Depends(_exchange)]
"""Declare `exchange: CurrentExchange` on a route that needs the caller's address or the request id."""


class Policy:
    """Who may call a route: whoever holds this scope. Tests walk the router and look for it on every route."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:
        """Give the caller. Raises ApiError 401 without credentials, 403 without the scope."""
        principal = exchange_of(request.scope).principal
        if principal is None:
            raise ApiError(
                401,
                "UNAUTHORIZED",
                "Send a valid access token as `Authorization: Bearer`, or an API key as `X-API-Key`.",
                headers={"www-authenticate": "Bearer"},
            )
        if not principal.may(self.scope):
            raise ApiError(403, "FORBIDDEN", f"This needs the scope {self.scope.value!r}, which you do not hold.")
        return principal


_POLICIES = {scope: Policy(scope) for scope in Scope}


def caller(scope: Scope) -> Any:
    """Declare on a route who may call it; the parameter it is given to becomes the caller."""
    return Depends(_POLICIES[scope])


read_admin = _POLICIES[Scope.ADMIN]
"""Ask for an admin inside a route that is open to some others; an ordinary route declares `Admin`."""


def policy_of(context: RouteContext) -> Policy | None:
    """Give what a route declares about its callers; None for a public one."""
    waiting = [getattr(context, "dependant", None)]
    while waiting:
        dependant = waiting.pop()
        if dependant is None:
            continue
        if isinstance(dependant.call, Policy):
            return dependant.call
        waiting.extend(dependant.dependencies)
    return None


Reader = Annotated[Principal, caller(Scope.READ)]
Trader = Annotated[Principal, caller(Scope.TRADE)]
Controller = Annotated[Principal, caller(Scope.CONTROL)]
Admin = Annotated[Principal, caller(Scope.ADMIN)]
