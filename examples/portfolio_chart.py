"""Fetch what a portfolio was worth and draw it: a chart as one file for a browser, and a line for the terminal.

python examples/portfolio_chart.py --resolution 1m --out portfolio.html
"""

import argparse
import sys
from datetime import datetime
from html import escape
from pathlib import Path

from drawing import line_chart, sparkline
from program import options, run

from openbell.client import Client, Portfolio, Position


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = options("Draw the history of a portfolio's value.")
    parser.add_argument("--resolution", default="1d", choices=["1m", "5m", "15m", "1h", "1d"], help="spacing [1d]")
    parser.add_argument("--from", dest="from_date", metavar="DATE", help="start, included: 2026-01-31")
    parser.add_argument("--to", dest="to_date", metavar="DATE", help="end, excluded")
    parser.add_argument("--strategy", help="only this strategy's ledger")
    parser.add_argument("--out", type=Path, default=Path("portfolio.svg"), help=".svg or .html [portfolio.svg]")
    return parser


def page(chart: str, portfolio: Portfolio, positions: list[Position]) -> str:
    """Write a page with the chart and what is held."""
    rows = "".join(
        f"<tr><td>{escape(one.symbol)}<td>{one.quantity:f}<td>{one.market_value:,.2f}<td>{one.unrealized_pnl:+,.2f}"
        for one in positions
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Portfolio</title>'
        "<style>body{font:14px system-ui;max-width:960px;margin:2em auto}td,th{padding:.2em 1em;text-align:right}"
        "</style>"
        f"<h1>{portfolio.total_value:,.2f} {escape(portfolio.currency)}</h1>"
        f"<p>Cash {portfolio.cash:,.2f}, profit {portfolio.total_pnl:+,.2f} ({portfolio.total_pnl_percent:+}%), "
        f"as of {portfolio.as_of:%Y-%m-%d %H:%M:%S} UTC</p>{chart}"
        f"<table><tr><th>Symbol<th>Quantity<th>Value<th>Unrealised{rows}</table></html>"
    )


def work(client: Client, asked: argparse.Namespace) -> None:
    """Fetch, draw and write."""
    portfolio = client.portfolio.summary()
    history = client.portfolio.history(
        strategy_id=asked.strategy, from_date=asked.from_date, to_date=asked.to_date, resolution=asked.resolution
    )
    points = [(point.timestamp, point.total_value) for point in history]
    if not (asked.to_date or asked.strategy):
        points.append((portfolio.as_of, portfolio.total_value))
    if not points:
        print("nothing is known of that time")
        return
    chart = line_chart(points, title=f"Portfolio value, {portfolio.currency}")
    is_page = asked.out.suffix == ".html"
    asked.out.write_text(page(chart, portfolio, list(client.positions.iter())) if is_page else chart, encoding="utf-8")
    print(sparkline([value for _, value in points]))
    print(f"{_day(points[0][0])} {points[0][1]:,.2f} → {_day(points[-1][0])} {points[-1][1]:,.2f} {portfolio.currency}")
    print(f"wrote {asked.out}")


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"


if __name__ == "__main__":
    sys.exit(run(work, arguments()))
