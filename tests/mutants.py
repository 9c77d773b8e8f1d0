"""`make mutants`: breaks risk, money and access modules one expression at a time, and counts what tests notice.

Each module is changed in a copy of the sources; the tests named beside it run against that copy. A mutant that no test
notices is printed with its line. Arguments: how many mutants of each module (all by default), and words of modules.
"""

import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SEED = 29
SECONDS_MAX = 120
TESTS = {
    "engine/checks.py": ["tests/unit/engine", "tests/property/test_risk_holds.py"],
    "engine/exposure.py": ["tests/unit/engine", "tests/property"],
    "engine/ledger.py": ["tests/unit/engine", "tests/property"],
    "engine/halt.py": ["tests/unit/engine"],
    "engine/fold_fills.py": ["tests/unit/engine", "tests/property"],
    "domain/position.py": ["src/openbell/domain/position.py", "tests/unit/domain", "tests/unit/engine"],
    "services/tokens.py": ["tests/unit/services", "tests/contracts/platform/test_auth_routes.py"],
    "services/access.py": ["tests/unit/services", "tests/contracts/platform/test_auth_routes.py"],
    "services/limiter.py": ["tests/unit/services"],
}
_OPPOSITE: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Give every change: its line, what it is, and the module with it."""
    nodes = list(ast.walk(tree))
    for place, node in enumerate(nodes):
        for change in _changes(node):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed))[place]
            said = change(twin)
            yield getattr(node, "lineno", 0), said, ast.fix_missing_locations(changed)


def _changes(node: ast.AST) -> list:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPPOSITE:
        return [_compare]
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _OPPOSITE:
        return [_operator]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [_not]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return [_number]
    return []


def _compare(node: ast.Compare) -> str:
    before, node.ops[0] = type(node.ops[0]), _OPPOSITE[type(node.ops[0])]()
    return f"{before.__name__} became {type(node.ops[0]).__name__}"


def _operator(node: ast.BinOp | ast.BoolOp) -> str:
    before, node.op = type(node.op), _OPPOSITE[type(node.op)]()
    return f"{before.__name__} became {type(node.op).__name__}"


def _not(node: ast.UnaryOp) -> str:
    node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
    return "a not is gone"


def _number(node: ast.Constant) -> str:
    before, node.value = node.value, node.value + 1
    return f"{before} became {node.value}"


def is_noticed(sources: Path, tests: list[str]) -> bool:
    """Run the tests against a copy of the sources."""
    environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "-x", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", f"pythonpath={sources} tests"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def score(sources: Path, module: str, most: int) -> tuple[int, int]:
    """Try mutants of one module; gives how many were noticed, and how many there were."""
    path = sources / "openbell" / module
    text = path.read_text("utf-8")
    found = list(mutants(ast.parse(text)))
    chosen = random.Random(SEED).sample(found, min(most, len(found)))  # noqa: S311 - the same ones every time
    noticed = 0
    for line, said, tree in chosen:
        path.write_text(ast.unparse(tree), "utf-8")
        if is_noticed(sources, TESTS[module]):
            noticed += 1
        else:
            print(f"not noticed: {module}:{line}: {said}", flush=True)  # noqa: T201
    path.write_text(text, "utf-8")
    print(f"{module}: {noticed} of {len(chosen)}", flush=True)  # noqa: T201
    return noticed, len(chosen)


def main() -> int:
    """Print the score of every module and of all."""
    most = int(sys.argv[1]) if sys.argv[1:] else sys.maxsize
    wanted = [module for module in TESTS if not sys.argv[2:] or any(word in module for word in sys.argv[2:])]
    with tempfile.TemporaryDirectory(prefix="openbell-mutants-") as folder:
        sources = Path(folder) / "src"
        shutil.copytree(PROJECT / "src", sources, ignore=shutil.ignore_patterns("__pycache__", "web"))
        scores = [score(sources, module, most) for module in wanted]
    noticed, tried = (sum(column) for column in zip(*scores, strict=True))
    print(f"all: {noticed} of {tried} noticed, {100 * noticed / max(tried, 1):.0f} %")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
