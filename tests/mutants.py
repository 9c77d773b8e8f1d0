"""`make mutants`: breaks risk, money and access modules one expression at a time, and counts what tests notice.

A sample of all changes is drawn with a seed; each is made in a copy of the sources, and the tests of the module's group
run against that copy: those that reach the changed line, the quickest first, until one fails. A change that no test
notices is printed with its line. What is changed are comparisons, sums, products, `and`, `or`, `not` and whole numbers,
everywhere but inside the words of a message, which no promise is about.

Tests run in a fork of this process, which has the libraries loaded, so that most mutants take a second or two.
"""

import argparse
import compileall
import importlib
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from mutant_kinds import Mutant, mutants
from mutant_trial import Trial, changed_functions, is_noticed_at_import, run
from reached_lines import Reached, Watching

PROJECT = Path(__file__).resolve().parent.parent
LIBRARIES = ("fastapi", "httpx2", "hypothesis", "msgspec", "pydantic", "sqlalchemy", "structlog", "uvicorn")
"""Loaded once, before any fork. None of them starts a thread by being imported."""
MONEY = [
    *("tests/unit/engine", "tests/unit/domain", "tests/unit/market/test_instruments.py"),
    *(f"tests/property/test_{name}_holds.py" for name in ("core", "risk", "schedule", "sizing")),
    *("tests/property/test_drivers_agree.py", "tests/property/test_short_way.py"),
]
ACCESS = [
    *(
        "tests/unit/services",
        "tests/unit/api/test_numbers.py",
        "tests/contracts/desk/test_signatures.py",
        "tests/contracts/desk/test_demo.py",
    ),
    *("tests/contracts/terminal/test_auth.py", "tests/contracts/terminal/test_limits.py"),
    *("tests/ports/test_access_store.py", "tests/ports/test_mfa_store.py"),
    *(f"tests/contracts/platform/test_{name}_routes.py" for name in ("auth", "key", "session", "user")),
    "tests/contracts/platform/test_malformed_bodies.py",
]
GROUPS: tuple[tuple[list[str], dict[str, str]], ...] = (
    (
        MONEY,
        {
            "engine": "borrow checks dead_man exposure express fold_express fold_fills gate halt ledger pace question"
            " sizing standing worth",
            "domain": "instrument position risk values",
        },
    ),
    (
        ACCESS,
        {
            "services": "access keys limiter mfa passwords principals quota sessions signing standing tokens",
            "api": "deps limits numbers signed",
            "domain": "access",
        },
    ),
)
"""Tests, and the modules they answer for."""


def score(sources: Path, tests: list[str], wanted: list[Mutant]) -> Counter[str]:
    """Try the changes that one group of tests answers for; gives how many were noticed by module."""
    with tempfile.TemporaryDirectory(prefix="openbell-reached-") as folder:
        seen, noticed = Path(folder) / "seen", Path(folder) / "noticed"
        if run(sources, tests, Watching(sources / "openbell", {one.module for one in wanted}, seen)):
            raise SystemExit(f"these tests fail without any change: {' '.join(tests)}")
        reached = Reached.read(seen)
        within = [one for one in wanted if changed_functions(sources, one)]
        run(sources, tests, Trial(sources, within, reached, noticed))
        answers = dict(zip(within, noticed.read_text("utf-8").split(), strict=True)) if within else {}
    found: Counter[str] = Counter()
    for one in wanted:
        if answers[one] == "1" if one in answers else is_noticed_at_import(sources, one, reached):
            found[one.module] += 1
        else:
            print(as_told(one), flush=True)  # noqa: T201
    return found


def asked() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only modules whose name holds one of these")
    parser.add_argument("--seed", type=int, default=29, help="what draws the sample")
    parser.add_argument("--again", type=Path, help="only what went unnoticed in this earlier output")
    parser.add_argument("--count", type=int, default=sys.maxsize, help="mutants in all; every one without it")
    return parser.parse_args()


def as_told(one: Mutant) -> str:
    """Say that a change went unnoticed."""
    return f"not noticed: {one.module}:{one.first}: {one.said}"


def changes(path: Path, module: str) -> list[Mutant]:
    """Give every change of one module."""
    return list(mutants(module, path.read_text("utf-8"), file=str(path)))


def main() -> int:
    """Print the score of every module and of all."""
    given = asked()
    sys.dont_write_bytecode = True
    os.chdir(PROJECT)
    for library in LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory(prefix="openbell-mutants-") as folder:
        sources = Path(folder) / "src"
        shutil.copytree(PROJECT / "src", sources, ignore=shutil.ignore_patterns("__pycache__", "web"))
        compileall.compile_dir(sources, quiet=2)
        groups = [[f"{place}/{name}.py" for place, names in of.items() for name in names.split()] for _, of in GROUPS]
        modules = [
            one for group in groups for one in group if not given.words or any(word in one for word in given.words)
        ]
        found = [one for module in modules for one in changes(sources / "openbell" / module, module)]
        if given.again is not None:
            unnoticed = set(given.again.read_text("utf-8").splitlines())
            found = [one for one in found if as_told(one) in unnoticed]
        drawn = random.Random(given.seed).sample(found, min(given.count, len(found)))  # noqa: S311 - repeatable
        noticed: Counter[str] = Counter()
        for (tests, _), group in zip(GROUPS, groups, strict=True):
            mine = sorted((one for one in drawn if one.module in group), key=lambda one: one[:3])
            noticed += score(sources, tests, mine) if mine else Counter()
    tried = Counter(one.module for one in drawn)
    for module in sorted(tried):
        print(f"{module}: {noticed[module]} of {tried[module]}")  # noqa: T201
    all_noticed, all_tried = noticed.total(), tried.total()
    print(f"all: {all_noticed} of {all_tried} of {len(found)}, {100 * all_noticed / max(all_tried, 1):.0f} %")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
