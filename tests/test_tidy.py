"""House rules as small lints. What is over a limit today is listed with a number that may only fall.

The lists are ratchets: a new offender fails, a listed one that grows fails, and so does one that shrank or
went away until its line here says so. An entry carries its reason as a comment.
"""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 45
PUBLIC_METHODS_MAX = 12

LONG_FILES: dict[str, int] = {
    "src/openbell/adapters/sql/schema.py": 357,  # all tables, once, for every database
    "src/openbell/domain/events.py": 329,  # everything that can happen, and the union of it
}
LONG_FUNCTIONS: dict[str, int] = {}  # "path::function"
WIDE_CLASSES: dict[str, int] = {  # "path::Class"
    "src/openbell/engine/desk.py::Desk": 14,  # as Context
    "src/openbell/engine/strategy.py::Context": 14,  # all that a strategy may see and do, in one place
    "src/openbell/engine/strategy.py::Strategy": 14,  # what may be overridden, and three ways to read a parameter
    "src/openbell/ports/access.py::AccessStore": 16,  # users, keys and sessions change in one transaction
    "src/openbell/ports/system.py::Views": 15,  # all that may be read of the live state
    # A class behind a port is as wide as the port.
    "src/openbell/adapters/sql/access.py::SqlAccess": 16,
    "src/openbell/adapters/catalog/parquet.py::ParquetCatalog": 13,
    "src/openbell/runtime/board.py::MarketBoard": 16,
    "src/openbell/runtime/live.py::LiveEngine": 13,  # a command may be awaited, or begun with a callback
    "src/openbell/runtime/views.py::LiveViews": 16,
}
BLANKET_EXCEPTS: dict[str, int] = {
    "src/openbell/bootstrap/serving.py": 1,  # background work that fails is logged, whatever it was, and fails
    "src/openbell/runtime/live.py": 1,  # any fault of the core stops trading
    "src/openbell/runtime/dispatch.py": 1,  # what waits behind a request whose sending failed may be a cancel
    "src/openbell/api/at_once.py": 1,  # the ordinary way is asked again, and words whatever is wrong
    "src/openbell/api/middleware.py": 1,  # the last line: nothing inside may leave the server as a stack trace
    "src/openbell/adapters/sandbox/runner.py": 1,  # what submitted code raises is its answer
    "src/openbell/engine/host.py": 1,  # a strategy's error, whatever it is, ends that strategy and nothing else
}
LOCAL_IMPORTS: dict[str, int] = {}
CLOCK_READS: dict[str, int] = {}
PRINTS: dict[str, int] = {
    "src/openbell/bootstrap/serving.py": 1,  # where to look and how to sign in, for whoever started the server
}

PRINTING_PLACES = ("src/openbell/cli/", "examples/", "benchmarks/", "web/", "tests/nightly.py", "tests/mutants.py")
LATE_IMPORTING_PLACES = ("src/openbell/cli/",)  # a person waits for the command line to start
OTHERS_PLACES = ("src/openbell/api/static/",)  # published scripts, kept as they are
CLOCK = "src/openbell/adapters/clock.py"

VAGUE_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers"}

# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b(?!: \S+( \S+){3})")
FOREIGN_WORDS = [
    *("/wo" + "rk/", "/fa" + "rm/", "/tm" + "p/bash", "/ro" + "ot/"),
    *("py" + "pi.org", "pythonho" + "sted", "npm" + "js.", "deb.deb" + "ian"),
    *("cla" + "ude", "anth" + "ropic", "chat" + "gpt", "cop" + "ilot", "co-auth" + "ored-by"),
]
# A folder of people's homes is written with a capital; the API's path of users is not.
FOREIGN = re.compile("|".join(re.escape(word) for word in FOREIGN_WORDS) + "|(?-i:/Us" + "ers/)", re.IGNORECASE)

CLOCK_CALLS = {
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns")),
    *(f"{cls}.{name}" for cls in ("datetime", "datetime.datetime") for name in ("now", "utcnow", "today")),
    *("date.today", "datetime.date.today"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


# --- what there is --------------------------------------------------------------------------------


@cache
def files() -> list[str]:
    """Paths of all files that are, or with the next commit will be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git work tree: nothing tells the project's files from others")
    return sorted({path for path in listed.stdout.splitlines() if (PROJECT / path).is_file()})


@cache
def text(path: str) -> str:
    """Content of a file, empty where it is not text."""
    try:
        return (PROJECT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(*prefixes: str) -> list[str]:
    return [p for p in files() if p.endswith(".py") and p.startswith(prefixes or ("",))]


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path), filename=path)


def count(lint: Callable[[ast.Module], Iterator[ast.AST]], paths: list[str]) -> dict[str, int]:
    """How often a lint speaks up in each file."""
    return dict(Counter(path for path in paths for _ in lint(tree(path))))


def ratchet(found: dict[str, int], listed: dict[str, int]) -> list[str]:
    """What is new or grew, and what is listed with a number that is no longer true."""
    over = [f"{key}: {n}, allowed {listed.get(key, 0)}" for key, n in found.items() if n > listed.get(key, 0)]
    stale = [f"{key}: listed {n}, now {found.get(key, 0)}" for key, n in listed.items() if found.get(key, 0) < n]
    return over + stale


# --- the lints ------------------------------------------------------------------------------------


def body_lines(function: Function) -> int:
    """Lines from the first statement to the last, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def long_functions(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, Function) and body_lines(node) > FUNCTION_LINES_MAX:
            yield node.name, body_lines(node)


def public_methods(cls: ast.ClassDef) -> int:
    """Methods without a leading underscore; properties are data and do not count."""
    methods = [m for m in cls.body if isinstance(m, Function) and not m.name.startswith("_")]
    return len({m.name for m in methods if not any("property" in ast.unparse(d) for d in m.decorator_list)})


def wide_classes(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and public_methods(node) > PUBLIC_METHODS_MAX:
            yield node.name, public_methods(node)


def blanket_excepts(module: ast.Module) -> Iterator[ast.AST]:
    """Handlers, and `suppress` calls, that take whatever comes."""
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "Exception"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = ast.unparse(node)
        else:
            continue
        if re.search(r"\b(Base)?Exception\b", caught):
            yield node


def local_imports(module: ast.Module) -> Iterator[ast.AST]:
    """Imports of our own code inside a function."""
    for function in ast.walk(module):
        for node in ast.walk(function) if isinstance(function, Function) else ():
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "openbell" for name in names):
                yield node


def clock_reads(module: ast.Module) -> Iterator[ast.AST]:
    """Reads of the machine's clock, and draws from a generator that nobody seeded."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "random"}:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            if node.module == "random" or names & CLOCK_CALLS:
                yield node
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            seeded = name == "random.Random" and node.args
            if name in CLOCK_CALLS or (name.startswith("random.") and not seeded):
                yield node


def prints(module: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node


def vague(path: str) -> bool:
    """Whether a file, or a class in it, is named for nothing in particular."""
    classes = [n.name for n in ast.walk(tree(path)) if isinstance(n, ast.ClassDef)]
    words = re.split(r"[/_.]", path) + [w for c in classes for w in re.findall(r"[A-Z]?[a-z0-9]+", c)]
    return bool({word.lower() for word in words} & VAGUE_WORDS)


# --- the rules ------------------------------------------------------------------------------------


def test_files_are_short():
    lengths = {path: len(text(path).splitlines()) for path in python_files()}
    assert not ratchet({p: n for p, n in lengths.items() if n > FILE_LINES_MAX}, LONG_FILES)


def test_functions_are_short():
    found = {f"{path}::{name}": n for path in python_files() for name, n in long_functions(tree(path))}
    assert not ratchet(found, LONG_FUNCTIONS)


def test_classes_are_narrow():
    found = {f"{path}::{name}": n for path in python_files("src/") for name, n in wide_classes(tree(path))}
    assert not ratchet(found, WIDE_CLASSES)


def test_every_module_says_what_it_is_for():
    written = [path for path in python_files() if text(path).strip()]
    assert not [path for path in written if not (ast.get_docstring(tree(path)) or "").strip()]


def test_nothing_is_left_unfinished_without_a_reason():
    ours = [path for path in files() if not path.startswith(OTHERS_PLACES)]
    assert not [path for path in ours if UNFINISHED.search(text(path))]


def test_errors_are_caught_by_name():
    assert not ratchet(count(blanket_excepts, python_files()), BLANKET_EXCEPTS)


def test_our_own_code_is_imported_at_the_top():
    paths = [p for p in python_files() if not p.startswith(LATE_IMPORTING_PLACES)]
    assert not ratchet(count(local_imports, paths), LOCAL_IMPORTS)


def test_names_say_what_a_thing_is():
    assert not [path for path in python_files() if vague(path)]


def test_nothing_tells_of_the_machine_it_was_made_on():
    assert not {path: match.group() for path in files() if (match := FOREIGN.search(text(path)))}


def test_time_and_chance_come_in_as_arguments():
    paths = [p for p in python_files("src/") if p != CLOCK]
    assert not ratchet(count(clock_reads, paths), CLOCK_READS)


def test_only_programs_for_a_terminal_print():
    paths = [p for p in python_files() if not p.startswith(PRINTING_PLACES)]
    assert not ratchet(count(prints, paths), PRINTS)


# --- and that the lints see -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lint", "source"),
    [
        (blanket_excepts, "try:\n    x\nexcept:\n    y"),
        (blanket_excepts, "try:\n    x\nexcept (KeyError, Exception):\n    y"),
        (blanket_excepts, "with contextlib.suppress(BaseException):\n    x"),
        (local_imports, "def f():\n    from openbell.domain import order"),
        (clock_reads, "time.monotonic()"),
        (clock_reads, "datetime.now(UTC)"),
        (clock_reads, "random.Random()"),
        (clock_reads, "from time import time"),
        (prints, "print(1)"),
        (long_functions, "def f():\n" + "    x\n" * (FUNCTION_LINES_MAX + 1)),
        (
            wide_classes,
            "class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(PUBLIC_METHODS_MAX + 1)),
        ),
    ],
)
def test_a_lint_sees_what_it_looks_for(lint, source):
    assert list(lint(ast.parse(source)))


@pytest.mark.parametrize(
    ("lint", "source"),
    [
        (blanket_excepts, "try:\n    x\nexcept KeyError:\n    y"),
        (local_imports, "from openbell.domain import order"),
        (clock_reads, "random.Random(seed)\nclock.now()"),
        (long_functions, 'def f():\n    """' + "Words.\n" * 99 + '"""\n    x'),
    ],
)
def test_a_lint_leaves_good_code_alone(lint, source):
    assert not list(lint(ast.parse(source)))


def test_the_ratchet_only_turns_one_way():
    assert ratchet({"a": 2}, {"a": 2}) == []
    assert ratchet({"a": 3}, {"a": 2})
    assert ratchet({"a": 1}, {"a": 2})
    assert ratchet({}, {"a": 2})
