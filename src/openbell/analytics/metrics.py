"""The catalogue of performance metrics: every name that `summarize` gives, with its unit, formula, source and meaning.

One place, so that an API, a table, a document and the tear sheet call the same number by the same name and print it in
the same unit.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Unit = Literal["percent", "fraction", "ratio", "money", "count", "days", "hours"]
Group = Literal["Return", "Risk", "Ratios", "Trades", "Benchmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `percent` is printed as it is (18.45 means 18.45 %), `fraction` runs from 0 to 1.

    `formula` uses the symbols of docs/guide/metrics.md; `annualisation` says how it was brought to a year, and
    `source` who defined it so.
    """

    name: str
    label: str
    unit: Unit
    group: Group
    formula: str
    annualisation: str
    source: str
    meaning: str


def _read() -> tuple[Metric, ...]:
    text = files("openbell.analytics").joinpath("metrics.toml").read_text("utf-8")
    return tuple(Metric(**row) for row in tomllib.loads(text)["metric"])


METRICS: tuple[Metric, ...] = _read()
BY_NAME = {metric.name: metric for metric in METRICS}
