"""The parts of a system that services are joined to."""

from dataclasses import dataclass

from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.sql.database import Database
from openbell.bootstrap.limits import RateLimits
from openbell.bootstrap.market import Followed
from openbell.config import Settings
from openbell.ports import Clock, ModelStore, SharedCache, Venue
from openbell.runtime.board import MarketBoard
from openbell.runtime.live import LiveEngine
from openbell.runtime.used_ids import UsedIds
from openbell.runtime.views import LiveViews
from openbell.services.audit import Audit
from openbell.services.changes import Changes
from openbell.services.notifications import Notifications
from openbell.streaming.hub import Hub


@dataclass(frozen=True, kw_only=True, slots=True)
class Inside:
    """The parts that services are joined to."""

    settings: Settings
    database: Database
    catalog: ParquetCatalog
    models: ModelStore
    wall_clock: Clock
    followed: Followed
    engine: LiveEngine
    venue: Venue
    views: LiveViews
    board: MarketBoard
    hub: Hub
    limits: RateLimits
    cache: SharedCache | None
    audit: Audit
    changes: Changes
    used_ids: UsedIds
    notices: Notifications
