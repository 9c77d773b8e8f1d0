"""A system put together: the data directory opened, the state recovered, every port plugged."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.recorder import FeedRecorder
from openbell.adapters.clock import SystemClock
from openbell.adapters.models import FileModels
from openbell.adapters.sandbox.bubblewrap import Bubblewrap
from openbell.adapters.sql.access import has_live_key
from openbell.adapters.sql.database import Database, DriverMissing, open_database
from openbell.adapters.venues.paper import PaperVenue
from openbell.api.deps import Services
from openbell.bootstrap.data import recorder_of
from openbell.bootstrap.inside import Inside
from openbell.bootstrap.limits import RateLimits, rate_limits, shared_cache
from openbell.bootstrap.market import Followed, follow
from openbell.bootstrap.notices import notifications
from openbell.bootstrap.research import kinds_of
from openbell.bootstrap.services import services_of
from openbell.config import ConfigError, Settings
from openbell.domain.values import NANOS_PER_SECOND
from openbell.engine.core import Core, CoreSettings
from openbell.engine.matching.fees import PAPER_FEES
from openbell.engine.matching.profile import PROFILES
from openbell.engine.matching.venue import SimulatedVenue
from openbell.engine.state import State
from openbell.ports import Clock, ModelStore, SharedCache
from openbell.runtime.board import MarketBoard
from openbell.runtime.keeper import Keeper
from openbell.runtime.live import LiveEngine
from openbell.runtime.publishing import Publishers
from openbell.runtime.reconciliation import Reconciler
from openbell.runtime.recovery import copy_of, recover
from openbell.runtime.submitted import Bridge
from openbell.runtime.used_ids import UsedIds
from openbell.runtime.views import LiveViews
from openbell.services.answers import Resumption
from openbell.services.audit import Audit
from openbell.services.broadcast import Broadcast
from openbell.services.changes import Changes
from openbell.services.demo import DEMO_KEY_ID
from openbell.services.notifications import Notifications
from openbell.streaming.hub import Hub

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """A system recovered and not yet started; `running` starts and stops it."""

    settings: Settings
    database: Database
    followed: Followed
    core: Core
    engine: LiveEngine
    views: LiveViews
    board: MarketBoard
    hub: Hub
    keeper: Keeper
    reconciler: Reconciler
    bridge: Bridge
    limits: RateLimits
    cache: SharedCache | None
    services: Services
    broadcast: Broadcast
    notices: Notifications
    recorder: FeedRecorder | None = None
    replayed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a recording has been followed to its end."""


def build(settings: Settings) -> System:
    """Open the data directory, recover, and join the parts.

    Raises StoreInUse, Unavailable, DatabaseTooNew, UnsafeKey or ConfigError, each with a message for
    the person who starts the server.
    """
    _refuse_without_sandbox(settings)
    clock = SystemClock()
    database = _database(settings, clock)
    with contextlib.ExitStack() as undo:
        undo.callback(database.close)
        _refuse_demo(settings, database)
        system = _joined(settings, database, clock)
        undo.pop_all()
    return system


def _refuse_without_sandbox(settings: Settings) -> None:
    """Stop where submitted source is wanted and could not be kept apart. Raises ConfigError."""
    if settings.submitted_strategies == "on" and (reason := Bubblewrap().unavailable()):
        raise ConfigError(f"submitted_strategies: cannot be on here, {reason}; set it to off")


def _database(settings: Settings, clock: Clock) -> Database:
    try:
        return open_database(settings.data_dir, url=settings.database_url, clock=clock)
    except DriverMissing as problem:
        raise ConfigError(f"database_url: {problem}") from problem


def _refuse_demo(settings: Settings, database: Database) -> None:
    """Stop where others could sign in with credentials that everybody knows. Raises ConfigError."""
    if settings.allows_demo or settings.demo_credentials == "off":
        return
    if database.ask(lambda connection: has_live_key(connection, DEMO_KEY_ID)):
        raise ConfigError(
            "demo_credentials: this data directory holds demo credentials, which are for development on a loopback "
            "host; set it to off, and they are revoked at the start"
        )


def _joined(settings: Settings, database: Database, wall_clock: SystemClock) -> System:
    catalog, state = ParquetCatalog(str(settings.data_dir)), _recovered(database)
    wall_clock.go_on_from(state.ts_ns)
    followed = follow(settings, clock=wall_clock, catalog=catalog)
    models = FileModels(settings.data_dir)
    core = Core(_core_settings(settings, followed, models), state)
    views = LiveViews(state=copy_of(core.state), marks=core.marks)
    board = _board(followed, core)
    hub = Hub(accounts=views, prices=board)
    venue = _venue(settings, followed)
    notices, audit = notifications(settings, clock=wall_clock), Audit(trail=database.audit, clock=wall_clock)
    changes = Changes(now_ns=followed.clock.now_ns)
    used_ids = UsedIds(views.state)
    publishers = Publishers(used_ids, changes, hub, notices)
    engine = LiveEngine(
        core=core,
        journal=database.journal,
        clock=followed.clock,
        venue=venue,
        views=views,
        board=board,
        publisher=publishers,
        witness=audit.witness,
        resumption=Resumption(),
    )
    limits = rate_limits(settings, database=database, clock=wall_clock, trading=engine)
    inside = Inside(
        settings=settings,
        database=database,
        catalog=catalog,
        models=models,
        wall_clock=wall_clock,
        followed=followed,
        engine=engine,
        venue=venue,
        views=views,
        board=board,
        hub=hub,
        limits=limits,
        cache=shared_cache(settings),
        audit=audit,
        notices=notices,
        changes=changes,
        used_ids=used_ids,
    )
    return _assembled(inside, core, publishers)


def _assembled(inside: Inside, core: Core, publishers: Publishers) -> System:
    services, database = services_of(inside), inside.database
    return System(
        settings=inside.settings,
        database=database,
        followed=inside.followed,
        core=core,
        engine=inside.engine,
        views=inside.views,
        board=inside.board,
        hub=inside.hub,
        keeper=Keeper(board=inside.board, candles=database.candles, journal=database.journal, views=inside.views),
        reconciler=Reconciler(engine=inside.engine, core=core, venue=inside.venue),
        limits=inside.limits,
        cache=inside.cache,
        bridge=_bridge(inside, publishers),
        services=services,
        broadcast=_broadcast(services, inside.engine, publishers),
        notices=inside.notices,
        recorder=_recorder(inside, publishers),
    )


def _recorder(inside: Inside, publishers: Publishers) -> FeedRecorder | None:
    recorder = recorder_of(inside.settings, catalog=inside.catalog, feed_name=inside.followed.feed_name)
    if recorder is not None:
        publishers.add(recorder)
    return recorder


def _bridge(inside: Inside, publishers: Publishers) -> Bridge:
    sandbox = Bubblewrap() if inside.settings.submitted_strategies == "on" else None
    bridge = Bridge(sandbox=sandbox, sources=inside.database.sources, board=inside.board, views=inside.views)
    publishers.add(bridge)
    return bridge


def _recovered(database: Database) -> State:
    recovered = recover(database.journal)
    log.info("recovered", snapshot_seq=recovered.snapshot_seq, replayed=recovered.replayed)
    return recovered.state


def _board(followed: Followed, core: Core) -> MarketBoard:
    return MarketBoard(
        instruments=list(followed.master),
        resolve=followed.master.resolve,
        marks=core.marks,
        recorded_bars=followed.recorded_bars,
    )


def _venue(settings: Settings, followed: Followed) -> PaperVenue:
    profile = PROFILES[settings.fill_profile]
    return PaperVenue(SimulatedVenue(followed.master.mapping(), profile, PAPER_FEES))


def _broadcast(services: Services, engine: LiveEngine, publishers: Publishers) -> Broadcast:
    broadcast = Broadcast(telemetry=services.telemetry, trading=engine, tell=services.telemetry_fan.tell)
    publishers.add(broadcast)
    return broadcast


def _core_settings(settings: Settings, followed: Followed, models: ModelStore) -> CoreSettings:
    instruments = followed.master.mapping()
    return CoreSettings(
        instruments=instruments,
        strategy_kinds=dict(kinds_of(models)),
        fx_rates={"INR": settings.usd_per_inr},
        fee_rates={symbol: PAPER_FEES.rate(instrument).taker for symbol, instrument in instruments.items()},
        equity_mark_interval_ns=settings.equity_mark_seconds * NANOS_PER_SECOND,
    )
