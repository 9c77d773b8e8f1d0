"""The services that say how trading went, joined: performance, its reports, and tear sheets."""

import msgspec

from openbell.config import Settings
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Catalog, History, Market, Trading, Views
from openbell.services.benchmarks import Benchmarks
from openbell.services.performance import Performances
from openbell.services.performance_reports import PerformanceReports
from openbell.services.tear_sheets import TearSheets
from openbell.services.track_records import TrackRecords


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever says how trading went."""

    performance: Performances
    reports: PerformanceReports
    tear_sheets: TearSheets


def figures_of(
    settings: Settings, *, trading: Trading, views: Views, market: Market, history: History, catalog: Catalog
) -> Figures:
    """Join them; figures are kept for as long as the settings say."""
    records = TrackRecords(trading=trading, views=views, history=history, market=market)
    benchmarks = Benchmarks(catalog=catalog, market=market)
    kept_ns = settings.performance_cache_seconds * NANOS_PER_SECOND
    return Figures(
        performance=Performances(trading=trading, views=views, market=market, records=records, kept_ns=kept_ns),
        reports=PerformanceReports(
            trading=trading, views=views, market=market, records=records, benchmarks=benchmarks, kept_ns=kept_ns
        ),
        tear_sheets=TearSheets(catalog=catalog, benchmarks=benchmarks),
    )
