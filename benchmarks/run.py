"""All benchmarks, one after the other; the full form leaves its figures in docs/performance/."""

import argparse
import contextlib
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import msgspec
from figures import Figure, Size
from page import Results, Section, page, pictures
from sections import SECTIONS
from server import lift_limits, one_for_all, scratch, with_ticks

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent / "docs" / "performance"
KEPT, CHARTS = PAGES / "results.json", PAGES / "charts"
PATIENCE = 3
"""Times what a section is expected to take after which it is given up."""
SHORTEST_LIMIT_S = 60
TRADERS = 2
"""How many any section has trade without limits when it is as small as can be."""


def section(script: str, size: list[str]) -> Section | None:
    """Run one benchmark in a process of its own; None when it failed or took far too long."""
    expected = SECTIONS[script].seconds
    sys.stderr.write(f"\n{script}.py {' '.join(size)} ({'short' if size else f'about {expected} s'})\n")
    command, begin = [sys.executable, str(HERE / f"{script}.py"), *size], time.perf_counter()
    limit = max(SHORTEST_LIMIT_S, PATIENCE * expected)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=limit)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        sys.stderr.write(f"{script}: no figures: {problem}\n")
        return None
    seconds = time.perf_counter() - begin
    sys.stderr.write(f"{script}: {seconds:.0f} s\n")
    return Section(
        script=script,
        date=datetime.now(tz=UTC).strftime("%Y-%m-%d"),
        load=f"{os.getloadavg()[0]:.1f}",
        figures=msgspec.json.decode(done.stdout, type=list[Figure]),
        seconds=seconds,
    )


def smallest() -> dict[str, list[Figure]]:
    """Run every section in this one process against one server, as small as can be: it proves that they run."""
    with contextlib.redirect_stdout(sys.stderr), scratch() as folder:
        data_dir = folder / "data"
        tokens = lift_limits(data_dir, traders=TRADERS)
        with one_for_all(data_dir, command=with_ticks(data_dir), tokens=tokens):
            return {script: _smallest(script) for script in SECTIONS}


def _smallest(script: str) -> list[Figure]:
    begin = time.process_time()
    figures: list[Figure] = import_module(script).measure(Size.SMALLEST)
    sys.stderr.write(f"{script}: {time.process_time() - begin:.1f} s of processor time\n")
    return figures


def results(sections: list[Section]) -> Results:
    """Say what the sections ran on."""
    return Results(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)),
        sections=sections,
    )


def write(found: Results) -> None:
    """Leave figures, page and charts where readers look for them; what was not measured again stays as it was."""
    CHARTS.mkdir(parents=True, exist_ok=True)
    kept = msgspec.json.decode(KEPT.read_bytes(), type=Results).sections if KEPT.exists() else []
    newest = {one.script: one for one in kept} | {one.script: one for one in found.sections}
    found = msgspec.structs.replace(found, sections=[newest[script] for script in SECTIONS if script in newest])
    KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    (PAGES / "README.md").write_text(page(found), encoding="utf-8")
    drawn = pictures(found)
    for path in CHARTS.glob("*.svg"):
        if path.name not in drawn:
            path.unlink()
    for name, picture in drawn.items():
        (CHARTS / name).write_text(picture, encoding="utf-8")


def main() -> None:
    """Run what was asked for; end with 1 when a section gave no figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = ", ".join(f"{script} ({about.seconds} s)" for script, about in SECTIONS.items())
    parser.add_argument("scripts", nargs="*", metavar="section", help=f"which to run: {names}; all of them")
    parser.add_argument("--short", action="store_true", help="take under three minutes, and leave the pages alone")
    parser.add_argument("--page", action="store_true", help="write page and charts anew from what was measured before")
    parser.add_argument("--smallest", action="store_true", help="only see all of them run; figures go to the output")
    given = parser.parse_args()
    if given.smallest:
        sys.stdout.write(msgspec.json.encode(smallest()).decode() + "\n")
        return
    unknown = set(given.scripts) - set(SECTIONS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}")
    wanted = [] if given.page else given.scripts or list(SECTIONS)
    found = [section(script, ["--short"] if given.short else []) for script in wanted]
    if not given.short:
        write(results([one for one in found if one is not None]))
    sys.exit(1 if None in found else 0)


if __name__ == "__main__":
    main()
