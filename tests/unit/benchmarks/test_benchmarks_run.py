"""Each section of the benchmarks still runs, in its smallest form, and what it gives can be read and drawn."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
BENCHMARKS = PROJECT / "benchmarks"
PAGES = PROJECT / "docs" / "performance"
SECONDS_MAX = 280
MEASURED_ALONE = ("core", "market", "catalog", "backtest")
"""Sections without a server: only in those can nothing come out at nothing, however busy the machine."""


def benchmarks(script, *words):
    """Run one of the scripts as its users do."""
    environ = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, str(BENCHMARKS / script), *words]
    return subprocess.run(command, capture_output=True, env=environ, timeout=SECONDS_MAX, check=False)


@pytest.mark.timeout(SECONDS_MAX + 10)
def test_every_section_gives_figures():
    """All in one process and against one server: a start for each would take longer than all the rest."""
    done = benchmarks("run.py", "--smallest")
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    sections = json.loads(done.stdout)
    written = {path.stem for path in BENCHMARKS.glob("*.py") if "def measure(" in path.read_text("utf-8")}
    assert set(sections) == written
    for script, figures in sections.items():
        assert len(figures) >= 3, script
        measured = [one for one in figures if one.get("repeats")]
        assert all(one["low"] <= one["median"] <= one["high"] for one in measured), script
        assert all(one["median"] > 0 for one in measured) or script not in MEASURED_ALONE, measured


def test_a_figure_of_what_is_not_installed_says_so_on_the_page(tmp_path):
    script = tmp_path / "page_of_one.py"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from figures import absent, figure\n"
        "from page import Results, Section, page, pictures\n"
        "rows = [figure('a read', [value], unit='µs', who=who) for who, value in (('A', 1), ('B', 2), ('C', 900))]\n"
        "rows += [absent('a read', unit='µs', who='D'), figure('kept', [2.0], unit='s', target=1.0)]\n"
        "rows += [figure('a tick', [place], unit='µs', at=10**place, axis='clients') for place in (1, 2, 3)]\n"
        "found = Results('3.11', 'here', 2, [Section('edge', '2026-01-02', '0.5', rows, 3.0)])\n"
        "print(page(found)); print(*pictures(found).values(), sep='\\n---\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(BENCHMARKS)], capture_output=True, text=True, timeout=60, check=True
    )
    page, _, pictures = done.stdout.partition("<svg")
    assert "| *D: a read* | not installed |" in page and "2026-01-02, load average 0.5" in page
    assert "| kept | 2 | 2 | 2 | 1 | s | 1 | 0.50 |" in page and "make bench ARGS=edge" in page
    assert f"<svg{pictures}".count("<svg") == pictures.count("</svg>") == 2
    assert "(logarithmic)" in pictures and "clients" in pictures


def test_the_page_shows_what_was_kept_and_every_chart_is_there():
    kept = json.loads((PAGES / "results.json").read_text("utf-8"))
    page = (PAGES / "README.md").read_text("utf-8")
    for section in kept["sections"]:
        assert f"`make bench ARGS={section['script']}`, {section['date']}" in page
    assert page.count("](charts/") == len(list((PAGES / "charts").glob("*.svg")))


@pytest.mark.line("E10")
def test_the_page_has_what_fifty_sockets_cost_and_the_command_that_repeats_it():
    page = (PAGES / "README.md").read_text("utf-8")
    load = page.partition("## A whole desk at work")[2].partition("\n## ")[0]
    assert "make bench ARGS=load" in load
    for what in ("orders from 5 clients: answered", "to 50 sockets: delivered", "99 % within", "processor in use"):
        assert what in load
    assert "memory held after" in load
