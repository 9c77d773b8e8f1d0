"""All benchmarks, one after the other; the full form leaves its figures in docs/performance/."""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from figures import Figure
from page import Results, Section, page

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent / "docs" / "performance"
KEPT = PAGES / "results.json"
SCRIPTS = ("core", "market", "catalog", "backtest", "runs", "orders", "stopping", "startup", "stream")
SCRIPT_SECONDS_MAX = 900


def section(script: str, size: list[str]) -> Section:
    """Run one benchmark in a process of its own."""
    sys.stderr.write(f"\n{script}.py {' '.join(size)}\n")
    command = [sys.executable, str(HERE / f"{script}.py"), *size]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=SCRIPT_SECONDS_MAX)
    today, load = datetime.now(tz=UTC).strftime("%Y-%m-%d"), f"{os.getloadavg()[0]:.1f}"
    return Section(script=script, date=today, load=load, figures=msgspec.json.decode(done.stdout, type=list[Figure]))


def results(scripts: list[str], size: list[str]) -> Results:
    """Run benchmarks and say what they ran on."""
    return Results(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)),
        sections=[section(script, size) for script in scripts],
    )


def write(found: Results) -> None:
    """Leave figures and page where readers look for them; what was not measured again stays as it was."""
    PAGES.mkdir(parents=True, exist_ok=True)
    if KEPT.exists():
        kept = {one.script: one for one in msgspec.json.decode(KEPT.read_bytes(), type=Results).sections}
        kept |= {one.script: one for one in found.sections}
        found = msgspec.structs.replace(found, sections=[kept[script] for script in SCRIPTS if script in kept])
    encoded = msgspec.json.format(msgspec.json.encode(found), indent=2)
    KEPT.write_bytes(encoded + b"\n")
    (PAGES / "README.md").write_text(page(found), encoding="utf-8")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", metavar="script", help=f"which to run: {', '.join(SCRIPTS)}; all of them")
    parser.add_argument("--short", action="store_true", help="take under three minutes, and leave the pages alone")
    given = parser.parse_args()
    unknown = set(given.scripts) - set(SCRIPTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}: there are {', '.join(SCRIPTS)}")
    found = results(given.scripts or list(SCRIPTS), ["--short"] if given.short else [])
    if not given.short:
        write(found)


if __name__ == "__main__":
    main()
