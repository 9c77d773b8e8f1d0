"""A finished backtest as one page to read: charts, metrics and trades."""

from openbell.analytics.tear_sheet import render
from openbell.analytics.tear_sheet.from_result import report_of_result
from openbell.analytics.tear_sheet.sampling import closes_to_draw
from openbell.runtime.backtest import Played
from openbell.runtime.jobs import Prepared
from openbell.runtime.result import result_of


def tear_sheet_of(played: Played, prepared: Prepared) -> str:
    """Give the run as one HTML page that needs nothing but itself."""
    result = result_of(played, prepared.request, digest=prepared.dataset.digest)
    bars = prepared.bars
    prices = closes_to_draw(bars.ts_ns, bars.close, length_ns=prepared.request.timeframe.length_ns)
    return render(report_of_result(result, prices=prices))
