"""Run a backtest on the server and write its metrics, trades and equity curve as a report.

python examples/performance_report.py --kind sma_cross --symbol GOOG --set fast=10 --set slow=30 --out report.html
"""

import argparse
import sys
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from pathlib import Path

from drawing import line_chart, sparkline
from program import options, run
from strategy_control import setting

from openbell.client import Client, NewRun, Run


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = options("Run a backtest and report how it did.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kind", help="kind of strategy, such as sma_cross")
    what.add_argument("--strategy", help="one of your strategies on the server")
    parser.add_argument("--symbol", help="where it trades")
    parser.add_argument("--from", dest="start", metavar="DATE", help="start, included: 2005-01-31")
    parser.add_argument("--to", dest="end", metavar="DATE", help="end, excluded")
    parser.add_argument("--cash", type=Decimal, default=Decimal(100_000), help="capital at the start [100000]")
    parser.add_argument("--fee-rate", type=Decimal, default=Decimal("0.001"), help="fee as a part of what is traded")
    parser.add_argument("--set", type=setting, action="append", default=[], metavar="NAME=VALUE", dest="settings")
    parser.add_argument("--wait", type=float, default=600.0, metavar="SECONDS", help="longest wait [600]")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help=".html or .md [report.html]")
    return parser


def work(client: Client, asked: argparse.Namespace) -> None:
    """Run, wait, write."""
    wanted = NewRun(
        kind=asked.kind,
        strategy_id=asked.strategy,
        symbol=asked.symbol,
        start_date=asked.start,
        end_date=asked.end,
        initial_capital=asked.cash,
        fee_rate=asked.fee_rate,
        config=dict(asked.settings),
    )
    done = client.runs.wait(client.runs.start(wanted).run_id, timeout_s=asked.wait)
    write = markdown if asked.out.suffix == ".md" else page
    asked.out.write_text(write(done), encoding="utf-8")
    print(sparkline([point.value for point in done.equity_curve]))
    print(f"return {done.total_return} %, Sharpe ratio {done.sharpe_ratio}, drawdown {done.max_drawdown} %")
    print(f"wrote {asked.out}")


def headline(done: Run) -> str:
    """Name a run: what was traded with what, and when."""
    given = ", ".join(f"{name} {value}" for name, value in done.parameters.items())
    return f"{done.kind} on {done.symbol}, {done.start_date} to {done.end_date} ({given})"


def figures(done: Run) -> list[tuple[str, str]]:
    """Give the metrics by name."""
    named = [("initial capital", done.initial_capital), ("final equity", done.final_equity), *done.metrics.items()]
    return [(name.replace("_", " "), "–" if value is None else f"{value:,f}") for name, value in named]


def markdown(done: Run) -> str:
    """Write a report in Markdown."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures(done))
    spark = sparkline([point.value for point in done.equity_curve])
    return f"# {headline(done)}\n\n`{spark}`\n\n| Metric | Value |\n|---|---:|\n{rows}\n\n{len(done.trades)} trades.\n"


def page(done: Run) -> str:
    """Write a report as one HTML page."""
    chart = line_chart([(point.date, point.value) for point in done.equity_curve], title="Equity")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(headline(done))}</title>'
        "<style>body{font:14px system-ui;max-width:960px;margin:2em auto}td,th{padding:.2em 1em;text-align:right}"
        f"td:first-child,th:first-child{{text-align:left}}</style><h1>{escape(headline(done))}</h1>{chart}"
        f"<h2>Metrics</h2>{_table(('Metric', 'Value'), figures(done))}"
        f"<h2>Trades</h2>{_table(_columns(done), [[str(v) for v in trade.values()] for trade in done.trades])}</html>"
    )


def _columns(done: Run) -> list[str]:
    return [name.replace("_", " ") for name in done.trades[0]] if done.trades else []


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}" for one in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(one)}" for one in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


if __name__ == "__main__":
    sys.exit(run(work, arguments()))
