"""The tear sheet: one self-contained HTML page about one run. `render` makes it from a `TearSheetReport`.

The page loads nothing: charts are SVG drawn here, fonts are the reader's own. Its one script, named by its hash in the
page's own policy, sorts tables and turns their pages; without it everything is there to be read.
"""

from openbell.analytics.tear_sheet.page import page_policy, render
from openbell.analytics.tear_sheet.report import Benchmark, FillMark, PriceSeries, TearSheetReport

__all__ = ["Benchmark", "FillMark", "PriceSeries", "TearSheetReport", "page_policy", "render"]
