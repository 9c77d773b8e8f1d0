"""Control strategies on a server from afar: list, create, start, pause, resume, stop, delete.

python examples/strategy_control.py create cross --kind sma_cross --symbol BTC/USD --set fast=5 --set slow=20
python examples/strategy_control.py pause cross
"""

import argparse
import json
import sys
from typing import Any

from program import options, run

from openbell.client import Client, NewStrategy, Strategy

MOVES = ("start", "pause", "resume", "stop", "delete")


def setting(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE; a value that is JSON (a number, true) is taken as that, anything else as text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = options("Control strategies on an Openbell server from afar.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="show all strategies")
    commands.add_parser("kinds", help="show what strategies can be made from")
    create = commands.add_parser("create", help="add a strategy and start it")
    create.add_argument("strategy_id")
    create.add_argument("--kind", required=True)
    create.add_argument("--symbol", action="append", required=True, help="where it trades; may be given again")
    create.add_argument("--timeframe", default="1m")
    create.add_argument("--set", type=setting, action="append", default=[], metavar="NAME=VALUE", dest="settings")
    for move in MOVES:
        commands.add_parser(move, help=f"{move} a strategy").add_argument("strategy_id")
    return parser


def line(strategy: Strategy) -> str:
    """Write a strategy in one line."""
    profit = "" if strategy.performance is None else f"  P&L {strategy.performance.total_pnl:+,.2f}"
    where = ",".join(strategy.symbols)
    return (
        f"{strategy.strategy_id:<24} {strategy.run_state:<8} {strategy.kind:<16} {where} {strategy.timeframe}{profit}"
    )


def work(client: Client, asked: argparse.Namespace) -> None:
    """Do one command."""
    match asked.command:
        case "list":
            for strategy in client.strategies.list():
                print(line(strategy))
        case "kinds":
            for kind in client.strategies.kinds():
                print(f"{kind.kind:<16} {kind.description}")
        case "create":
            wanted = NewStrategy(
                kind=asked.kind,
                symbols=tuple(asked.symbol),
                strategy_id=asked.strategy_id,
                timeframe=asked.timeframe,
                config=dict(asked.settings),
            )
            print(line(client.strategies.create(wanted)))
        case move:
            done = getattr(client.strategies, move)(asked.strategy_id)
            print("deleted " * (move == "delete") + line(done))


if __name__ == "__main__":
    sys.exit(run(work, arguments()))
