"""The page with the figures, made from the results and from nothing else."""

import msgspec
from charts import charts
from figures import Figure, number
from sections import SECTIONS


class Section(msgspec.Struct, frozen=True):
    """The figures of one benchmark, when they were seen, how busy the machine was at the end, how long it took."""

    script: str
    date: str
    load: str
    figures: list[Figure]
    seconds: float = 0.0


class Results(msgspec.Struct, frozen=True):
    """All figures kept, of this run or of earlier ones."""

    python: str
    system: str
    cores: int
    sections: list[Section]


INTRODUCTION = """# Performance

Made from [results.json](results.json) by `benchmarks/run.py`: `make bench` measures every section anew, in an
expected 25 minutes; `make bench ARGS="streaming edge"` measures those alone, and the others keep what they had, with
their date.
`make bench ARGS=--short` leaves this page alone.

Measured with Python {python} on {system}, {cores} cores: what is measured has one to itself, whoever measures has the
other. **The machine was shared with other work** (its load average is beside each table), and its disk is slow to
synchronise: compare figures of one table with each other, and with the limits measured in the same run, rather than
with those of another day or machine. Each figure is the median of its repeats, with the lowest and the highest beside
it. What keeps one core busy is timed by the processor time it takes, by the kernel's accounting; all else by the clock.

*Target* is what the project wants to reach. *Reached* is the part of it that was: 1 and more is met. A row in italics
is not Openbell: a limit, or another program measured beside it. Peers that did not install say so. What the limits mean
and why some are missed: [fast-paths.md](fast-paths.md). How each section is measured: [measuring.md](measuring.md).
"""


def page(results: Results) -> str:
    """Write the page."""
    facts = {name: getattr(results, name) for name in ("python", "system", "cores")}
    return INTRODUCTION.format(**facts) + "".join(_section(section) for section in results.sections)


def pictures(results: Results) -> dict[str, str]:
    """Draw the charts of the page, by file name."""
    return {
        name: picture
        for section in results.sections
        for name, (_title, picture) in charts(section.script, section.figures).items()
    }


def _section(section: Section) -> str:
    about = SECTIONS[section.script]
    took = f", {section.seconds:.0f} s" if section.seconds else ""
    drawn = charts(section.script, section.figures)
    lines = [
        f"\n## {about.title}\n",
        f"{about.note}\n",
        f"`make bench ARGS={section.script}`, {section.date}, load average {section.load} at its end{took}.\n",
        *(f"![{title}](charts/{name})\n" for name, (title, _picture) in drawn.items()),
        "| | median | lowest | highest | repeats | unit | target | reached |",
        "|---|--:|--:|--:|--:|---|--:|--:|",
        *(_row(figure) for figure in section.figures),
    ]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    name = figure.title if figure.role == "figure" else f"*{figure.title}*"
    if not figure.repeats:
        return f"| {name} | {figure.note} | | | 0 | {figure.unit} | | |"
    name += f" ({figure.note})" if figure.note else ""
    values = " | ".join(number(value) for value in (figure.median, figure.low, figure.high))
    target = "" if figure.target is None else number(figure.target)
    reached = "" if figure.reached is None else f"{figure.reached:.2f}"
    return f"| {name} | {values} | {figure.repeats} | {figure.unit} | {target} | {reached} |"
