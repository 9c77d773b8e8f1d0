"""The page with the figures, made from the results and from nothing else."""

import msgspec
from figures import Figure, number


class Section(msgspec.Struct, frozen=True):
    """The figures of one benchmark, when they were seen, and how busy the machine was at the end."""

    script: str
    date: str
    load: str
    figures: list[Figure]


class Results(msgspec.Struct, frozen=True):
    """All figures of one run."""

    python: str
    system: str
    cores: int
    sections: list[Section]


INTRODUCTION = """# Performance

Made from [results.json](results.json) by `benchmarks/run.py`: `make bench` measures every section anew, naming some
measures those alone. The sections were not all taken in one run: date and load stand above each table, and some were
taken with fewer repeats. `make bench ARGS=--short` leaves this page alone.

Measured with Python {python} on {system}, {cores} cores. **The machine was shared with other work** while this ran (its
load average is beside each table), and its disk is slow to synchronise: compare figures of one table with each other,
and with the limits measured in the same run, rather than with those of another day or machine. Each figure is the
median of its repeats, with the lowest and the highest beside it. What keeps one core busy is timed by the processor
time it takes, all else by the clock.

*Target* is what the project wants to reach. *Reached* is the part of it that was: 1 and more is met. A row in italics
is a limit: what the machine gives without Openbell.
"""

TITLES = {
    "core": "Orders in the core",
    "market": "Candles, books and the simulated venue",
    "backtest": "Backtests",
    "orders": "Orders acknowledged durably",
    "stopping": "The kill switch",
    "startup": "Start and footprint",
    "stream": "Streaming",
}

NOTES = {
    "core": (
        "Targets: at most 5 µs for an order's way through gate, ledger and events, and at most 15 µs with matching."
    ),
    "market": "Targets: at most 1 µs from a tick to seven candles; at least a million operations a second on a book.",
    "backtest": (
        "The 10/30 crossover, market orders at the next open, 0.1 % fee. By events every order passes gate, venue and"
        " ledger, whichever way the bars come: stepped one by one as on paper, replayed from columns, or only those"
        " that the strategy asks to be woken for. Compiled columns play the same targets as machine code (the first run"
        " compiles, and is not counted). The limit computes the same trades with NumPy. The run fails unless fills and"
        " equity of all ways agree to the last step, and unless the packaged GOOG file gives its known answer. Other"
        " libraries stand in italics too; they are given the averages and have to make the same trades. On a walk like"
        " this the averages cross every 26 bars, so that nearly all of the time goes into orders: the rows with few"
        " fills show what bars cost. `benchmarks/long_stream.py --bars 100000000 --slow 3000` streams a hundred million"
        " bars and says how much memory that takes: 187 MiB."
    ),
    "orders": (
        "Market orders that fill: four events each, two of them durable before the answer. Targets: at least 25,000 a"
        " second with p99 under 5 ms, which is meant over WebSocket and held here against 64 callers in one process; at"
        " least 8,000 a second over HTTP with 32 clients. One caller alone can have no more orders a second than the"
        " disk has commits. Over HTTP the simulated market runs beside."
    ),
    "stopping": (
        "An account with a thousand working orders is stopped: the time until whatever is decided next is denied, until"
        " the switch is durable with its thousand cancels, and until the last of them has gone to the simulated venue."
        " Targets: 100 ms until no order passes, one second until all is sent."
    ),
    "startup": "Targets: `openbell --help` within 150 ms, healthy within 2 s, at most 150 MB when idle.",
    "stream": (
        "The whole product serves; each tick goes to all clients. Target: at most 6.5 µs of the server's processor a"
        " message, 1.5 times what a C program that frames once took when it was measured."
    ),
}


def page(results: Results) -> str:
    """Write the page."""
    facts = {name: getattr(results, name) for name in ("python", "system", "cores")}
    return INTRODUCTION.format(**facts) + "".join(_section(section) for section in results.sections)


def _section(section: Section) -> str:
    lines = [
        f"\n## {TITLES[section.script]}\n",
        f"{NOTES[section.script]}\n",
        f"`.venv/bin/python benchmarks/{section.script}.py`, {section.date}, load average {section.load} at its end.\n",
        "| | median | lowest | highest | repeats | unit | target | reached |",
        "|---|--:|--:|--:|--:|---|--:|--:|",
        *(_row(figure) for figure in section.figures),
    ]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    name = f"*{figure.name}*" if figure.role == "limit" else figure.name
    name += f" ({figure.note})" if figure.note else ""
    values = " | ".join(number(value) for value in (figure.median, figure.low, figure.high))
    target = "" if figure.target is None else number(figure.target)
    reached = "" if figure.reached is None else f"{figure.reached:.2f}"
    return f"| {name} | {values} | {figure.repeats} | {figure.unit} | {target} | {reached} |"
