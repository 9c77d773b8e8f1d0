"""Writes docs/api/conformance.md from the marks and names of the tests: `python tests/conformance_page.py`."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from contract_lines import LINES

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs/api/conformance.md"
NAMED = re.compile(r"test_([tpredc]\d{1,2})_")
HEAD = """# Conformance

The published contracts line by line, and the tests that prove each line: those marked `@pytest.mark.line("P4")`, those
whose name begins with the line, such as `test_p4_…`, and those that `tests/contract_lines.py` names. *Held* means that
the tests cover the line; *partly* says what they do not show yet; *not yet* means that no test shows it. T is telemetry
and control, P the platform, R the terminal, E execution and monitoring, D the integration guide, C what was resolved
where the documents disagree.

This page is written by `make docs`, and a test fails when it is not what the tests say.

"""
TESTS_SHOWN_MAX = 3


def proofs() -> dict[str, list[tuple[str, str]]]:
    """Give, for each line, the tests that prove it as (file, name)."""
    found: dict[str, list[tuple[str, str]]] = {line: [] for line in LINES}
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        whole = [line for node in tree.body for line in _module_lines(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                named = {match.upper() for match in NAMED.findall(node.name)}
                lines = {*whole, *_marked(node), *named, *(line for line in LINES if node.name in LINES[line].also)}
                for line in lines:
                    found.setdefault(line, []).append((str(path.relative_to(PROJECT)), node.name))
    return found


def state(line: str, tests: list[tuple[str, str]]) -> str:
    """Give the state of a line."""
    if not tests:
        return "not yet"
    missing = LINES[line].missing
    return f"partly: {missing}" if missing else "held"


def page() -> str:
    """Write the page."""
    found = proofs()
    rows = [f"| {line} | {LINES[line].name} | {state(line, found[line])} | {_shown(found[line])} |" for line in LINES]
    held = sum(state(line, found[line]) == "held" for line in LINES)
    partly = sum(state(line, found[line]).startswith("partly") for line in LINES)
    count = f"{held} of {len(LINES)} lines are held, {partly} partly.\n\n"
    return HEAD + count + "| line | what | state | tests |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _shown(tests: list[tuple[str, str]]) -> str:
    """Name the first tests by file and the rest by number, so that the table can be read."""
    by_file: dict[str, list[str]] = {}
    for path, name in tests:
        by_file.setdefault(path, []).append(name)
    cells = []
    for path, names in by_file.items():
        more = f" and {len(names) - TESTS_SHOWN_MAX} more" if len(names) > TESTS_SHOWN_MAX else ""
        cells.append(f"[{path}](../../{path}): {', '.join(f'`{one}`' for one in names[:TESTS_SHOWN_MAX])}{more}")
    return "<br>".join(cells)


def _module_lines(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign) and any(
        isinstance(one, ast.Name) and one.id == "pytestmark" for one in node.targets
    ):
        yield from _lines_of(node.value)


def _marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        yield from _lines_of(decorator)


def _lines_of(node: ast.expr) -> Iterator[str]:
    """Read the ids out of pytest.mark.line(…), alone or in a list."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "line":
            yield from (one.value for one in call.args if isinstance(one, ast.Constant))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PROJECT)} written\n")
