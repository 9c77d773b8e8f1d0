"""What `make mutants` changes: comparisons, sums, products, `and`, `or`, `not` and whole numbers, one at a time.

Left alone is what stands inside the words of a message, which no promise is about, and named figures at the top of a
module: 10,001 instead of 10,000 is another choice and no fault. Those that are promised stand in the table of limits
(docs/guide/limits.md), which a test holds against the code.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from types import CodeType
from typing import NamedTuple

OPPOSITE: dict[type, type] = {
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


class Mutant(NamedTuple):
    """One change of one module: its lines, what it is, and the module's text and code with it."""

    module: str
    first: int
    last: int
    said: str
    text: str
    code: CodeType


def mutants(module: str, text: str, *, file: str) -> Iterator[Mutant]:
    """Give every change of a module that lies in a file."""
    tree = ast.parse(text)
    alone = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    alone |= {id(part) for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) for part in ast.walk(node)}
    for place, node in enumerate(ast.walk(tree)):
        change = None if id(node) in alone else _change_of(node)
        if change is not None:
            changed = copy.deepcopy(tree)
            said = change(list(ast.walk(changed))[place])
            ast.fix_missing_locations(changed)
            code = compile(changed, file, "exec", dont_inherit=True)
            yield Mutant(module, node.lineno, node.end_lineno or node.lineno, said, ast.unparse(changed), code)


def _change_of(node: ast.AST) -> Callable | None:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPPOSITE:
        return _compare
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OPPOSITE:
        return _operator
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _not
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return _number
    return None


def _compare(node: ast.Compare) -> str:
    before, node.ops[0] = type(node.ops[0]), OPPOSITE[type(node.ops[0])]()
    return f"{before.__name__} became {type(node.ops[0]).__name__}"


def _operator(node: ast.BinOp | ast.BoolOp) -> str:
    before, node.op = type(node.op), OPPOSITE[type(node.op)]()
    return f"{before.__name__} became {type(node.op).__name__}"


def _not(node: ast.UnaryOp) -> str:
    node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
    return "a not is gone"


def _number(node: ast.Constant) -> str:
    before, node.value = node.value, node.value + 1
    return f"{before} became {node.value}"
