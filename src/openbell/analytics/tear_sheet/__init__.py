"""The tear sheet: one self-contained HTML page about one run. `render` makes it from a `TearSheetReport`.

The page loads nothing and runs no script: charts are SVG drawn here, fonts are the reader's own.
"""

from openbell.analytics.tear_sheet.page import render
from openbell.analytics.tear_sheet.report import Benchmark, FillMark, PriceSeries, TearSheetReport

__all__ = ["Benchmark", "FillMark", "PriceSeries", "TearSheetReport", "render"]
