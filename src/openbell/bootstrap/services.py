"""The services, each given the ports it asks for."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from openbell import __version__
from openbell.adapters.identifiers import Identifiers
from openbell.adapters.secrets import signing_key
from openbell.api.deps import Services
from openbell.bootstrap.data import datasets_of
from openbell.bootstrap.doors import doors_of
from openbell.bootstrap.figures import Figures, figures_of
from openbell.bootstrap.inside import Inside
from openbell.bootstrap.research import kinds_of, runs_of
from openbell.bootstrap.sharing import shared_performances, turnstile_of
from openbell.domain.account import Mode
from openbell.domain.values import text_of
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import ModelStore, Probe
from openbell.runtime.probes import BrokerProbe, DatabaseProbe, FeedProbe, RedisProbe
from openbell.services.alerts import Alerts
from openbell.services.answers import Answers
from openbell.services.balances import Balances
from openbell.services.closing import Closing
from openbell.services.controls import Controls
from openbell.services.dead_man import DeadMen
from openbell.services.emergency import Emergency
from openbell.services.health import Health
from openbell.services.links import Links
from openbell.services.market import MarketData
from openbell.services.mfa import Mfa
from openbell.services.models import Models
from openbell.services.orders import Orders
from openbell.services.portfolio import Portfolio
from openbell.services.reconnects import Reconnects
from openbell.services.risk import Risk
from openbell.services.runs import Runs
from openbell.services.strategies import Strategies, StrategyKind
from openbell.services.submissions import Submissions
from openbell.services.telemetry import Telemetry, TelemetrySetup
from openbell.services.transitions import Transitions
from openbell.services.tuning import Tuning
from openbell.streaming.telemetry import TelemetryFan

LINK_KEY_FILE = "links.key"


def services_of(inside: Inside) -> Services:
    """Give every service. Raises UnsafeKey when the signing key can be read by others."""
    engine, views, board, history = inside.engine, inside.views, inside.board, inside.database.history
    clock, doors, orders = inside.wall_clock, doors_of(inside), _orders(inside)
    portfolio = Portfolio(trading=engine, views=views, history=history, market=board)
    strategies = Strategies(trading=engine, views=views, market=board, kinds=_kinds(inside.models))
    telemetry, runs, figures = _telemetry(inside, portfolio), _runs(inside), _figures(inside)
    return Services(
        access=doors.access,
        mfa=doors.mfa,
        users=doors.users,
        signing=doors.signing,
        sessions=doors.sessions,
        balances=Balances(views=views, market=board),
        keys=doors.keys,
        quota=inside.limits.quota,
        health=Health(_probes(inside), clock=clock, version=__version__),
        orders=orders,
        closing=Closing(orders=orders, trading=engine, views=views),
        strategies=strategies,
        submissions=_submissions(inside, strategies, doors.mfa),
        portfolio=portfolio,
        risk=Risk(trading=engine, views=views, history=history, market=board, portfolio=portfolio),
        market=MarketData(market=board, candles=inside.database.candles),
        runs=runs,
        models=Models(inside.models),
        datasets=datasets_of(inside.settings, catalog=inside.catalog, runs=runs),
        alerts=Alerts(trading=engine, history=history, notices=inside.notices),
        controls=Controls(trading=engine, views=views),
        dead_men=DeadMen(trading=engine, views=views),
        transitions=_transitions(inside, doors.mfa),
        performance=shared_performances(figures.performance, cache=inside.cache, trading=engine),
        reports=figures.reports,
        tear_sheets=figures.tear_sheets,
        audit=inside.audit,
        answers=Answers(store=inside.database.answers, clock=clock),
        links=Links(signing_key(inside.settings.data_dir / LINK_KEY_FILE)),
        reconnects=Reconnects(signing_key(inside.settings.data_dir / LINK_KEY_FILE)),
        streams=inside.hub,
        changes=inside.changes,
        emergency=Emergency(trading=engine, views=views, market=board),
        telemetry=telemetry,
        telemetry_fan=TelemetryFan(),
        tuning=Tuning(strategies=strategies, telemetry=telemetry, audit=inside.audit),
        turnstile=turnstile_of(inside.settings),
    )


def _submissions(inside: Inside, strategies: Strategies, mfa: Mfa) -> Submissions:
    is_on = inside.settings.submitted_strategies == "on"
    store, clock = inside.database.sources, inside.wall_clock
    return Submissions(strategies=strategies, store=store, mfa=mfa, clock=clock, is_on=is_on)


def _figures(inside: Inside) -> Figures:
    return figures_of(
        inside.settings,
        trading=inside.engine,
        views=inside.views,
        market=inside.board,
        history=inside.database.history,
        catalog=inside.catalog,
    )


def _orders(inside: Inside) -> Orders:
    return Orders(
        trading=inside.engine,
        views=inside.views,
        history=inside.database.history,
        market=inside.board,
        new_id=Identifiers(inside.wall_clock.now_ns),
        rehearsal=inside.engine,
        client_ids=inside.used_ids,
    )


def _transitions(inside: Inside, mfa: Mfa) -> Transitions:
    return Transitions(
        store=inside.database.approvals,
        users=inside.database.access,
        clock=inside.wall_clock,
        trading=inside.engine,
        views=inside.views,
        mfa=mfa,
        is_connected=_is_connected,
    )


def _is_connected(mode: Mode) -> bool:
    """Tell whether orders of a mode have a venue to go to: there is the paper venue and no other."""
    return mode is Mode.PAPER


def _probes(inside: Inside) -> Sequence[Probe]:
    shared = inside.limits.shared or inside.cache
    return (
        DatabaseProbe(history=inside.database.history, journal=inside.database.journal),
        FeedProbe(market=inside.board, clock=inside.followed.clock, feed_name=inside.followed.feed_name),
        BrokerProbe(engine=inside.engine, venue=inside.venue, mode=Mode.PAPER),
        *((RedisProbe(shared),) if shared is not None else ()),
    )


def _runs(inside: Inside) -> Runs:
    return runs_of(
        inside.settings,
        store=inside.database.runs,
        catalog=inside.catalog,
        clock=inside.wall_clock,
        new_id=Identifiers(inside.wall_clock.now_ns),
        on_change=inside.hub.run,
    )


def _telemetry(inside: Inside, portfolio: Portfolio) -> Telemetry:
    settings, journal = inside.settings, inside.database.journal
    setup = TelemetrySetup(
        account=settings.telemetry_account,
        strategy_id=settings.telemetry_strategy_id,
        defaults={
            "gas_per_order": text_of(settings.telemetry_gas_per_order),
            "gas_per_fill": text_of(settings.telemetry_gas_per_fill),
        },
    )
    return Telemetry(
        setup=setup,
        trading=inside.engine,
        views=inside.views,
        market=inside.board,
        portfolio=portfolio,
        users=inside.database.access,
        store=inside.database.telemetry,
        records_after=lambda seq: journal.read(after_seq=seq),
    )


def _kinds(models: ModelStore) -> Mapping[str, StrategyKind]:
    return {
        name: StrategyKind(
            kind=name, description=cls.description, parameters=cls.parameters, problems=partial(_problems, cls)
        )
        for name, cls in kinds_of(models).items()
    }


def _problems(cls: type[Strategy], given: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    try:
        validate_parameters(cls, given)
    except InvalidParameters as wrong:
        return wrong.problems
    return ()
