"""The tear sheet: self-contained, escaped, accessible, bounded, and unafraid of strange runs."""

import hashlib
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from openbell.analytics.returns import NS_PER_DAY
from openbell.analytics.round_trips import SCALE, RoundTrip, round_trips
from openbell.analytics.summary import summarize
from openbell.analytics.tear_sheet import Benchmark, FillMark, PriceSeries, TearSheetReport, page_policy, render

START = 1_072_915_200_000_000_000  # 2004-01-01
HOSTILE = "<script>alert('x')</script>\"&"


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.open = Counter(), [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def walk(count, *, seed=1, start=100_000.0):
    steps = np.random.default_rng(seed).normal(0.0004, 0.01, count)
    values = start * np.exp(np.cumsum(steps))
    return [(START + i * NS_PER_DAY, float(value)) for i, value in enumerate(values)]


def trips(count):
    sides = [(1, 100 + i % 7) if i % 2 == 0 else (-1, 101 + i % 5) for i in range(2 * count)]
    fills = [(START + i * NS_PER_DAY, q * SCALE, p * SCALE, SCALE // 3) for i, (q, p) in enumerate(sides)]
    return round_trips(fills, symbol="AAPL").closed


def report(*, equity=None, closed=None, **changes):
    equity = walk(2148) if equity is None else equity
    closed = trips(20) if closed is None else closed
    first, last = (equity[0], equity[-1]) if equity else ((START, 0.0), (START, 0.0))
    made = TearSheetReport(
        title="Crossover",
        strategy="sma_cross",
        symbols=["AAPL"],
        data_description="daily bars",
        period_start_ns=first[0],
        period_end_ns=last[0],
        initial_cash="100000",
        final_equity="174289.814",
        equity=equity,
        metrics=summarize(equity, round_trips=closed),
        round_trips=closed,
        parameters={"fast": 10, "allow_short": False},
        versions={"Code": "abc"},
    )
    return replace(made, **changes)


def with_everything():
    prices = walk(2148, seed=2, start=100.0)
    fills = [FillMark(ts_ns=ts, side="BUY", price=price, quantity="1") for ts, price in prices[:600]]
    return report(
        benchmark=Benchmark(name="SPY", points=walk(2148, seed=3)),
        prices=[PriceSeries(symbol="AAPL", points=prices, fills=fills)],
        notes=["Filled at the next open."],
        generated_at_ns=START,
    )


def own_script(page):
    return page[page.rindex("<script>") + 8 : page.rindex("</script>")]


def test_the_page_runs_one_script_and_its_policy_names_it_by_hash():
    page = render(with_everything())
    digest = b64encode(hashlib.sha256(own_script(page).encode()).digest()).decode()
    assert Tags(page).tags["script"] == 1
    assert (
        page_policy() == f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    )
    assert escape(page_policy()) in page


def test_the_page_loads_nothing():
    page = render(with_everything())
    tags = Tags(page)
    assert not {"link", "img", "iframe", "object"} & set(tags.tags)
    assert not {"src", "href", "onclick", "style"} & {name for name, _ in tags.attributes}
    assert "http://" not in page
    assert "https://" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#fade"}
    assert "@import" not in page


def test_every_tag_is_closed_and_every_id_is_used_once():
    tags = Tags(render(with_everything()))
    ids = Counter(value for name, value in tags.attributes if name == "id")
    assert tags.open == []
    assert max(ids.values()) == 1


def test_every_drawing_has_a_title_and_a_description():
    tags = Tags(render(with_everything()))
    ids = {value for name, value in tags.attributes if name == "id"}
    named = [value.split() for name, value in tags.attributes if name == "aria-labelledby"]
    assert len(named) == 11  # five charts in two sizes, and the histogram
    assert all(part in ids for pair in named for part in pair)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": HOSTILE}, {"strategy": HOSTILE}, {"symbols": [HOSTILE]}, {"data_description": HOSTILE},
        {"currency": HOSTILE}, {"run_type": HOSTILE}, {"initial_cash": HOSTILE}, {"final_equity": HOSTILE},
        {"parameters": {HOSTILE: HOSTILE}}, {"versions": {HOSTILE: HOSTILE}}, {"notes": [HOSTILE]},
        {"benchmark": Benchmark(name=HOSTILE, points=walk(300))},
        {"prices": [PriceSeries(
            symbol=HOSTILE, points=walk(9),
            fills=[FillMark(ts_ns=START, side=HOSTILE, price=1.0, quantity=HOSTILE)],
        )]},
        {"round_trips": [replace(trips(1)[0], symbol=HOSTILE)]},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_text_from_the_report_is_never_markup(changes):
    page = render(report(equity=walk(300), **changes))
    assert page.count("<script") == 1 and "alert" not in own_script(page)
    assert "&lt;script&gt;" in page or "&lt;Script&gt;" in page


def test_equal_reports_give_equal_pages():
    assert render(with_everything()) == render(with_everything())


def test_a_very_long_run_stays_under_a_megabyte_and_says_what_it_leaves_out():
    equity = [(START + i * 60_000_000_000, value) for i, (_, value) in enumerate(walk(200_000))]
    prices = PriceSeries(symbol="AAPL", points=equity, fills=with_everything().prices[0].fills)
    page = render(report(equity=equity, closed=trips(2000), prices=[prices]))
    assert len(page.encode()) < 1_000_000
    assert "1,000 more trades are not shown" in page
    assert "200 later fills are not marked" in page


@pytest.mark.parametrize(
    "equity",
    [
        [],
        [(START, 100.0)],
        [(START, 100.0), (START + NS_PER_DAY, 100.0)],
        [(START, 100.0), (START + NS_PER_DAY, 0.0), (START + 2 * NS_PER_DAY, -50.0)],
        [(START + i, 100.0 + i) for i in range(50)],
        [(START + i * 1_000_000_000, 100_000 + i / 100) for i in range(90)],
        [(START + i * 3650 * NS_PER_DAY, 10.0**i) for i in range(6)],
    ],
    ids=["empty", "one point", "flat", "into debt", "nanoseconds", "seconds", "decades"],
)
def test_strange_runs_still_have_a_page(equity):
    page = render(report(equity=equity, closed=[]))
    tags = Tags(page)
    assert tags.open == []
    assert "No trade was closed in this run." in page
    assert not re.search(r"\b(nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_an_undefined_metric_is_a_dash():
    page = render(report(equity=[(START, 1.0), (START + NS_PER_DAY, 1.0)], closed=[]))
    assert "<dt>Sharpe</dt><dd>—</dd>" in page


def test_the_page_shows_the_final_equity_to_its_last_digit():
    page = render(report())
    assert "174,289.814" in page
    assert "+74,289.814" in page


def test_the_page_states_its_conventions_and_how_a_year_was_counted():
    assert "annualised with 365 days a year" in render(report())
    assert "annualised with 252 days a year" in render(report(days_per_year=252))


def test_amounts_in_the_trade_table_keep_every_digit():
    trip = RoundTrip(
        symbol="BTC/USD", entry_ts_ns=START, exit_ts_ns=START + 1, quantity=-1, entry_price=3, exit_price=2,
        entry_value=3, gross_pnl=1, fees=0,
    )  # fmt: skip
    page = render(report(closed=[trip]))
    for text in ("<td>Short</td>", ">0.00000001<", ">0.00000003<", ">+0.00000001<"):
        assert text in page


def test_a_benchmark_outside_the_period_is_not_drawn():
    late = [(START + 9000 * NS_PER_DAY, 5.0)]
    page = render(report(benchmark=Benchmark(name="SPY later", points=late)))
    assert "SPY later" not in page
