"""Who may import whom, to the letter: a folder may import directly only what its line here names."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "openbell"

EVERYTHING = ""  # a prefix of every name
ARROWS = {
    "__main__": ["cli"],
    "cli": [EVERYTHING],
    "bootstrap": [EVERYTHING],
    "api": ["services", "streaming", "domain"],
    "services": ["ports", "analytics", "domain"],
    "runtime": ["engine", "analytics", "ports", "domain"],  # a run ends in its metrics and tear sheet
    "streaming": ["ports", "domain"],  # the hub is a Publisher and reads the Market
    "adapters": ["ports", "engine.matching", "domain"],
    "strategies": ["engine.strategy", "engine.lines", "engine.signals", "analytics", "domain"],
    "engine": ["analytics", "domain"],
    "ports": ["domain"],
    "analytics": ["domain"],
    "config": ["domain"],
    "client": [],
    "domain": [],
}

# The core adds to the standard library only what costs nothing to import and does no I/O.
THIRD_PARTY = {"domain": {"msgspec"}, "engine": {"msgspec", "numba", "numpy"}}


def imports(source: str) -> Iterator[str]:
    """Full dotted name of everything a module imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may(part: str, name: str) -> bool:
    """Whether the folder may import this name of ours, given without the leading package name."""
    allowed = [part, *ARROWS[part]]
    return name == "__version__" or any(not a or name == a or name.startswith(f"{a}.") for a in allowed)


def wrong(part: str, source: str) -> list[str]:
    """Names that a module of this folder imports and may not."""
    names = list(imports(source))
    bad = [n for n in names if n.startswith("openbell.") and not may(part, n.removeprefix("openbell."))]
    if part in THIRD_PARTY:
        known = sys.stdlib_module_names | THIRD_PARTY[part] | {"openbell"}
        bad += [n for n in names if n.split(".")[0] not in known]
    return bad


def modules() -> list[tuple[str, Path]]:
    """Every module with the folder (or top-level file) it belongs to."""
    files = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")
    return [(p.relative_to(PACKAGE).parts[0].removesuffix(".py"), p) for p in files]


def test_every_folder_has_its_line():
    placed = ARROWS.keys() | {"data"}
    assert not {part for part, _ in modules()} - placed


def test_no_module_imports_past_its_arrows():
    broken = {
        str(path.relative_to(PACKAGE)): bad
        for part, path in modules()
        if part in ARROWS and (bad := wrong(part, path.read_text(encoding="utf-8")))
    }
    assert not broken


def test_sample_data_holds_no_code():
    assert [p.name for part, p in modules() if part == "data" and p.name != "__init__.py"] == []


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("api", "from openbell.engine import core"),
        ("api", "from openbell import engine"),
        ("adapters", "from openbell.engine import gate"),
        ("client", "import openbell.domain.order"),
        ("domain", "import pydantic"),
        ("services", "def late():\n    from openbell.runtime import live"),
    ],
)
def test_a_wrong_arrow_is_seen(part, source):
    assert wrong(part, source)


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("adapters", "from openbell.engine import matching"),
        ("adapters", "from openbell.engine.matching import Book"),
        ("engine", "import numpy as np"),
        ("bootstrap", "import openbell.engine.core"),
        ("domain", "from openbell.domain import values"),
    ],
)
def test_a_right_arrow_passes(part, source):
    assert not wrong(part, source)
