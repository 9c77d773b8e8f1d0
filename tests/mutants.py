"""`make mutants`: breaks risk, money and access modules one expression at a time, and counts what tests notice.

Each module is changed in a copy of the sources; the tests named beside it run against that copy. A mutant that no test
notices is printed with its line. Arguments: how many mutants of each module (all by default), and words of modules.
Tests run in a fork of this process, which has the libraries loaded, so that most mutants take a second or two.
"""

import ast
import compileall
import copy
import importlib
import importlib.util
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SEED = 29
WORK_SECONDS_MAX = 120
"""Of the processor: a mutant that never ends is noticed, one that a busy machine keeps waiting is not."""
SECONDS_MAX = 1_800
LIBRARIES = ("fastapi", "httpx2", "hypothesis", "msgspec", "pydantic", "sqlalchemy", "structlog", "uvicorn")
"""Loaded once, before any fork. None of them starts a thread by being imported."""
MONEY = ["tests/unit/engine", "tests/property/test_risk_holds.py", "tests/property/test_core_holds.py"]
SIGN_IN = ["tests/unit/services/test_tokens.py", "tests/contracts/platform/test_auth_routes.py"]
TESTS = {  # what is quick and near comes first, since the first test that fails ends a run
    "engine/checks.py": MONEY,
    "engine/exposure.py": MONEY,
    "engine/ledger.py": MONEY,
    "engine/halt.py": MONEY,
    "engine/fold_fills.py": MONEY,
    "domain/position.py": ["tests/unit/domain/test_position.py", *MONEY],
    "services/tokens.py": SIGN_IN,
    "services/access.py": [*SIGN_IN, "tests/contracts/platform/test_session_routes.py"],
    "services/limiter.py": ["tests/unit/services/test_limiter.py"],
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
    """Run the tests against a copy of the sources; what takes too long was noticed too."""
    child = os.fork()
    if not child:
        _test(sources, tests)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
    signal.alarm(SECONDS_MAX)
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    return status != 0


def _test(sources: Path, tests: list[str]) -> None:
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (WORK_SECONDS_MAX, WORK_SECONDS_MAX))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.environ["PYTHONPATH"] = str(sources)
    options = ["-q", "-x", "-p", "no:xdist", "-p", "no:cacheprovider", f"--timeout={SECONDS_MAX}"]
    options += ["-o", f"pythonpath={sources} tests"]
    early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of the libraries that are loaded already
    code = 1
    try:
        code = int(pytest.main([*options, *early, *tests]))
    finally:
        os._exit(code)


def score(sources: Path, module: str, most: int) -> tuple[int, int]:
    """Try mutants of one module; gives how many were noticed, and how many there were."""
    path = sources / "openbell" / module
    text = path.read_text("utf-8")
    found = list(mutants(ast.parse(text)))
    if is_noticed(sources, TESTS[module]):
        raise SystemExit(f"{module}: its tests fail without any change")
    chosen = random.Random(SEED).sample(found, min(most, len(found)))  # noqa: S311 - the same ones every time
    noticed = 0
    Path(importlib.util.cache_from_source(str(path))).unlink()  # or a change within its second would not be seen
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
    sys.dont_write_bytecode = True
    os.chdir(PROJECT)
    for library in LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory(prefix="openbell-mutants-") as folder:
        sources = Path(folder) / "src"
        shutil.copytree(PROJECT / "src", sources, ignore=shutil.ignore_patterns("__pycache__", "web"))
        compileall.compile_dir(sources, quiet=2)
        scores = [score(sources, module, most) for module in wanted]
    noticed, tried = (sum(column) for column in zip(*scores, strict=True))
    print(f"all: {noticed} of {tried} noticed, {100 * noticed / max(tried, 1):.0f} %")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
