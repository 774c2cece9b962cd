"""How many small mistakes in a module its tests notice: `python -m benchmarks.mutants guard/decision.py TEST...`.

    TEST...        the test files that have to notice; give those that are about the module
    --sample N     try N mutants only, drawn by the seed (default: all)
    --seed N       of the draw (default: 1)
    --seconds N    how long the tests of one mutant may take; longer counts as noticed (default: 60)
    --begun-by N   begin no mutant after so many seconds, and say how many were left

A mutant is the module with one thing changed: a comparison or a condition turned round, `and` for `or`, an operand or a
statement left out, another constant, nothing returned. Each is loaded in a process of its own in place of the module,
which stays as it is on the disk; those that no test notices are listed with their line. Annotations, `frozen`,
descriptions, docstrings and the fixed words in f-strings are not changed. The last line is the result.
"""

import argparse
import ast
import contextlib
import copy
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

_QUICKLY = [
    "-x",
    "-q",
    "-s",
    "-p",
    "no:cacheprovider",
    "--no-header",
    "--tb=no",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
]
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
    """One change: what stands in place of the `index`-th node of the module, and what that is in words."""

    index: int
    line: int
    node: ast.AST
    what: str

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


class _Loader(SourceFileLoader):
    """Loads the mutant under the module's name."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.name else None


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its lines."""
    tree = ast.parse(source)
    untouched = set(_untouched(tree))
    found = [
        Mutant(index, node.lineno, new, f"{_short(node)}  ->  {_short(new)}")
        for index, node in enumerate(ast.walk(tree))
        if hasattr(node, "lineno") and node not in untouched
        for new in _instead(node)
    ]
    yield from sorted(found, key=lambda one: one.line)


def _untouched(tree: ast.Module) -> Iterator[ast.AST]:
    """What readers and type checkers look at: annotations, `frozen`, docstrings, descriptions, words in f-strings."""
    for node in ast.walk(tree):
        apart: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            apart = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            apart = [node.returns]
        elif isinstance(node, ast.keyword) and node.arg in ("description", "frozen"):
            apart = [node.value]
        elif isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Literal["):
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
    if isinstance(node, ast.Return) and not (isinstance(node.value, ast.Constant) and not node.value.value):
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


class _Trials:
    """A plug-in of pytest: all is loaded but the module and its tests; from here on, each mutant is one fork."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._module: Path = options.module
        self._mutant = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """In the first process, try all mutants and end; in the others, go on with the tests."""
        file = Path(tempfile.mkstemp()[1])
        broken = self._noticed(None, file)
        if self._mutant:
            return
        names = file.read_text(encoding="utf-8").split()
        file.unlink()
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        broken = broken or self._noticed(None)
        if broken and not self._mutant:
            pytest.exit("the tests fail without any change; correct them first", returncode=2)
        if not self._mutant:
            self._try(_chosen(self._module.read_text(encoding="utf-8"), self._options))

    def _try(self, chosen: Sequence[Mutant]) -> None:
        options, source = self._options, self._module.read_text(encoding="utf-8")
        began, tried, survived = time.monotonic(), 0, 0
        for one in chosen:
            if time.monotonic() - began > options.begun_by:
                break
            found = self._noticed(one.code(source, self._module))
            if self._mutant:
                return
            tried, survived = tried + 1, survived + (not found)
            if not found:
                print(f"  {self._module}:{one.line}  {one.what}", flush=True)
        left = f", {len(chosen) - tried} not tried" if tried < len(chosen) else ""
        share = 100 * (tried - survived) / max(tried, 1)
        pytest.exit(f"{self._module}: {tried} mutants, {tried - survived} noticed ({share:.1f} %){left}", returncode=0)

    def _noticed(self, code: CodeType | None, loaded: Path | None = None) -> bool:
        """Whether a test fails with the mutant. Returns a second time, in the process of the mutant itself."""
        child = os.fork()
        if child == 0:
            self._begin(code, loaded)
            return False
        until = time.monotonic() + self._options.seconds
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status != 0
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def _begin(self, code: CodeType | None, loaded: Path | None) -> None:
        self._mutant, self._loaded = True, loaded
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if code is not None:
            name = ".".join(self._module.with_suffix("").parts)
            sys.meta_path.insert(0, _Loader(name, self._module, code))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End the process of a mutant at once, with the result of its tests."""
        if self._mutant:
            if self._loaded:
                self._loaded.write_text("\n".join(_beneath(self._module)))
            os._exit(int(exitstatus))


def _beneath(module: Path) -> list[str]:
    """What the tests loaded of other people's packages, and of ours those that cannot need the module."""
    ours = (
        "agents",
        "benchmarks",
        "cli",
        "crews",
        "guard",
        "scenarios",
        "tasks",
        "testkit",
        "tests",
        "tools",
        "runtime",
    )
    below = {"guard": ("runtime", "tools"), "tools": ("runtime",)}.get(module.parts[0], ())
    apart = set(ours) - set(below)
    return [name for name in sys.modules if name.partition(".")[0] not in apart and name != "__main__"]


def _chosen(source: str, options: argparse.Namespace) -> list[Mutant]:
    every = list(mutants(source))
    if options.sample is None or options.sample >= len(every):
        return every
    drawn = random.Random(options.seed).sample(range(len(every)), options.sample)
    return [every[index] for index in sorted(drawn)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants")
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--begun-by", type=float, default=3600)
    return parser.parse_args()


def main() -> None:
    """Try the mutants, and print those that no test notices."""
    options = _options()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.exit(pytest.main([*_QUICKLY, *options.tests], plugins=[_Trials(options)]))


if __name__ == "__main__":
    main()
