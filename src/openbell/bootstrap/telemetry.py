"""Telemetry joined to the system: whose it is, what it costs, and where it goes."""

from openbell.adapters.sql.database import Database
from openbell.config import Settings
from openbell.domain.values import text_of
from openbell.runtime.board import MarketBoard
from openbell.runtime.live import LiveEngine
from openbell.runtime.views import LiveViews
from openbell.services.portfolio import Portfolio
from openbell.services.telemetry import Telemetry, TelemetrySetup


def telemetry_of(
    *,
    settings: Settings,
    database: Database,
    engine: LiveEngine,
    views: LiveViews,
    board: MarketBoard,
    portfolio: Portfolio,
) -> Telemetry:
    """Make the telemetry of the account that the settings name."""
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
        trading=engine,
        views=views,
        market=board,
        portfolio=portfolio,
        users=database.access,
        store=database.telemetry,
        records_after=lambda seq: database.journal.read(after_seq=seq),
    )
