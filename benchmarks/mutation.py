"""Mutants: a module with one thing changed each.

A comparison or a condition turned round, `and` for `or`, an operand or a statement left out, another constant, nothing
returned. Annotations, `__all__`, `frozen`, sizes of caches, descriptions, docstrings and the fixed words in f-strings
are not changed.
"""

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

_ROUND: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SUMS: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Add(),
    ast.BitOr: ast.BitAnd(),
}
_LEFT_OUT = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.If, ast.For, ast.With, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """One change: what stands in place of the `index`-th node of the module, and what that is in words.

    `text` is the line as it is written, `nth` tells apart equal changes of equal lines; the three name the mutant
    whatever stands around it. A test notices it only if it comes by one of `reached`, the lines of its statement.
    `inside` is the function whose code it changes, with its class; empty for what the module does when it is loaded.
    """

    index: int
    line: int
    node: ast.AST
    what: str
    text: str
    reached: range
    inside: str
    nth: int = 0

    @property
    def name(self) -> tuple[str, str, int]:
        """What it is called in results."""
        return self.text, self.what, self.nth

    def code(self, source: str, path: Path) -> CodeType:
        """The changed module, compiled."""
        tree = ast.parse(source)
        old = list(ast.walk(tree))[self.index]
        new = copy.deepcopy(self.node)
        tree = _Put(old, new).visit(tree)
        return compile(ast.fix_missing_locations(tree), str(path), "exec")


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return ast.copy_location(self._new, node) if node is self._old else self.generic_visit(node)


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines."""
    tree, lines = ast.parse(source), source.splitlines()
    untouched, places = set(_untouched(tree)), {one[0]: one[1:] for one in _places(tree, range(0), "", "")}
    found = [
        (node, index, new, f"{_short(node)}  ->  {_short(new)}")
        for index, node in enumerate(ast.walk(tree))
        if hasattr(node, "lineno") and node not in untouched
        for new in _instead(node)
    ]
    seen: Counter[tuple[str, str]] = Counter()
    every = []
    for node, index, new, what in sorted(found, key=lambda one: one[0].lineno):
        text = lines[node.lineno - 1].strip()
        every.append(Mutant(index, node.lineno, new, what, text, *places[node], seen[text, what]))
        seen[text, what] += 1
    return every


def _places(node: ast.AST, span: range, inside: str, named: str) -> Iterator[tuple[ast.AST, range, str]]:
    """Each node with the lines of its statement, of one that holds others those of its head, and its function."""
    body = getattr(node, "body", None)
    if isinstance(node, ast.stmt):
        end = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
        span = range(node.lineno, end + 1)
    yield node, span, inside
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        named = f"{named}.{node.name}".lstrip(".")
    for inner in ast.iter_child_nodes(node):
        begins = isinstance(node, ast.FunctionDef) and not inside and inner in node.body
        yield from _places(inner, span, named if begins else inside, named)


def _untouched(tree: ast.Module) -> Iterator[ast.AST]:
    """What readers and type checkers look at: annotations, `frozen`, docstrings, descriptions, words in f-strings."""
    for node in ast.walk(tree):
        apart: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            apart = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            apart = [node.returns]
        elif isinstance(node, ast.keyword) and node.arg in ("description", "frozen", "maxsize"):
            apart = [node.value]
        elif isinstance(node, ast.Assign) and re.match(r"__all__ = |\w+ = Literal\[", ast.unparse(node)):
            apart = [node]
        elif isinstance(node, ast.JoinedStr):
            yield from (one for one in node.values if isinstance(one, ast.Constant))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart = [node]
        for one in filter(None, apart):
            yield from ast.walk(one)


def _instead(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of a node."""
    if isinstance(node, ast.stmt) and not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        yield from _other_statement(node)
    match node:
        case ast.Compare(ops=[op]):
            for other in _ROUND[type(op)]:
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.BoolOp():
            yield from _other_operands(node)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.BinOp() if type(node.op) in _SUMS:
            yield ast.BinOp(node.left, _SUMS[type(node.op)], node.right)
        case ast.Constant():
            yield from map(ast.Constant, _other_values(node.value))


def _other_statement(node: ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, _LEFT_OUT):
        yield ast.Pass()
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if (
        isinstance(node, ast.Return)
        and node.value
        and not (isinstance(node.value, ast.Constant) and not node.value.value)
    ):
        yield ast.Return(ast.Constant(None))


def _other_operands(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _other_values(value: object) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    return ["another"] if isinstance(value, str) else []


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 70 else f"{text[:67]}..."
