"""Trials: each mutant of a module against those tests that come by the changed line, in a process of its own.

    [tests without a change: which lines, how long] -> all is loaded that the module cannot change
        -> of what the module does when it is loaded: fork, load the mutant in its place, collect tests, run them
    [tests collected] -> of what a function does: fork, put the mutant's code in the function, run tests

The tests that are likely to notice come first, and the first that does is the last. The module stays as it is on the
disk. A plug-in of pytest, so that the tests are collected and run as they always are.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest

from benchmarks.mutation import Mutant

TOO_LONG = "took too long"
UNREACHED = "no test comes by"
BROKEN = "cannot be loaded"

_QUICKLY = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "-x", "-s"]
_QUICKLY += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
_OURS = frozenset("agents benchmarks cli crews guard runtime scenarios tasks testkit tests tools".split())  # noqa: SIM905
_BELOW = {"guard": {"runtime", "tools"}, "tools": {"runtime"}}
_GRACE, _TIMES = 6.0, 5.0
"""How long the tests of a mutant may take: so many seconds, and so many times what they take without a change."""
_MOST_MEMORY = 4 * 2**30


@dataclass
class Known:
    """What one undisturbed pass says: the tests that come by each line, and what each takes, in seconds."""

    lines: dict[int, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def tests(self, mutant: Mutant, noticed: Counter[str]) -> list[str]:
        """The tests that can notice a mutant, the likely and the quick ones first."""
        found = {test for line in mutant.reached for test in self.lines.get(line, ())}
        if "" in found:  # what happens on loading matters to all of them, also to those that only read what it left
            found = {*self.seconds}
        return sorted(found - {""}, key=lambda one: (-noticed[one], self.seconds.get(one, 0.0), one))


def try_all(
    module: Path, tests: Sequence[str], chosen: Sequence[Mutant], told: Callable[[Mutant, str], None], until: float
) -> None:
    """Try the mutants, and tell of each who noticed it; nobody is ''. Ends the process if tests fail without any.

    No mutant is begun after `until`, as `time.monotonic` counts.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    _same_examples_each_time()
    code = pytest.main([*_QUICKLY, *tests], plugins=[_Trials(module, chosen, told, until)])
    if code:
        sys.exit(f"{module}: its tests do not pass without any change; correct them first")


def _same_examples_each_time() -> None:
    from hypothesis import Phase, settings

    settings.register_profile("mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")


class _Loader(SourceFileLoader):
    """Loads the mutant under the module's name."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        return spec_from_loader(name, self, is_package=Path(self.path).name == "__init__.py")


class _Trials:
    """The plug-in. Each fork returns a second time from where it was begun, and goes on with the tests."""

    def __init__(
        self, module: Path, chosen: Sequence[Mutant], told: Callable[[Mutant, str], None], until: float
    ) -> None:
        self._module, self._told, self._until = module, told, until
        self._name = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
        self._source = module.read_text(encoding="utf-8")
        self._chosen = chosen
        self._wanted: list[str] = []
        self._is_fork = False
        self._result = Path(tempfile.mkstemp()[1])
        self._known = Known()
        self._noticed: Counter[str] = Counter()
        self._coverage: coverage.Coverage | None = None
        self._ended = ""
        self._forget: list[_lru_cache_wrapper[object]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Measure the tests, and try the mutants that have to be loaded. Then the tests are collected."""
        for again in (False, True):  # the second pass says whether what is loaded ahead does any harm
            if not self._fork(3600):
                self._measure(measured=not again)
                return
            said = json.loads(self._result.read_text(encoding="utf-8") or '{"failed": ["all"]}')
            if said["failed"]:
                sys.exit(f"{self._module}: {said['failed'][0]} fails without any change; correct it first")
            if not again:
                self._known = Known(**{**said, "lines": {int(one): tests for one, tests in said["lines"].items()}})
                _load(_beneath(self._known.loaded, self._module))
        for mutant, wanted in self._to_try(loading=True):
            self._wanted = wanted
            session.config.args = [*dict.fromkeys(test.partition("::")[0] for test in wanted)]
            if not self._fork(self._limit(wanted)):
                sys.meta_path.insert(0, _Loader(self._name, self._module, mutant.code(self._source, self._module)))
                return
            self._say(mutant)
        self._wanted = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that can notice the mutant, in their order."""
        if self._wanted:
            items[:] = _in_order(items, self._wanted)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In the first process, try the mutants that change what a function does, and run nothing else."""
        if self._is_fork:
            return None
        _load([*self._known.loaded, self._name])
        functions, caches = _functions(self._module), _caches()
        gc.freeze()
        for mutant, wanted in self._to_try(loading=False):
            if not self._fork(self._limit(wanted)):
                for cache in caches:
                    cache.cache_clear()  # what it holds was said without the change
                code = _codes(mutant.code(self._source, self._module))[mutant.inside]
                for one in functions[mutant.inside]:
                    one.__code__ = code
                session.items = _in_order(session.items, wanted)
                return None
            self._say(mutant)
        self._result.unlink()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure a test, in the pass for which that is done."""
        if self._coverage:
            self._forget = self._forget or _caches()
            for cache in self._forget:
                cache.cache_clear()  # what another test asked for is come by again
            self._coverage.switch_context(item.nodeid)
        began = time.process_time()
        result = yield
        self._known.seconds[item.nodeid] = time.process_time() - began
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep which test notices."""
        if report.failed:
            self._known.failed.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End a fork at once, and leave its result."""
        if not self._is_fork:
            return
        known = self._known
        if exitstatus and not known.failed:
            known.failed.append(BROKEN)
        if self._coverage:
            self._coverage.stop()
            known.lines = self._coverage.get_data().contexts_by_lineno(str(self._module.resolve()))
            known.loaded = [*sys.modules]
        self._result.write_text(json.dumps(vars(known)), encoding="utf-8")
        os._exit(0)

    def _to_try(self, *, loading: bool) -> Iterator[tuple[Mutant, list[str]]]:
        """The mutants of one of the two ways, each with its tests; that nobody comes by a line is said at once."""
        for mutant in self._chosen:
            wanted = self._known.tests(mutant, self._noticed)
            if time.monotonic() > self._until or self._has_to_be_loaded(mutant) != loading:
                continue
            if wanted:
                yield mutant, wanted
            else:
                self._told(mutant, "")

    def _has_to_be_loaded(self, mutant: Mutant) -> bool:
        """Whether the mutant says what the module does when it is loaded, or calls a function for then."""
        return not mutant.inside or any("" in self._known.lines.get(line, ()) for line in mutant.reached)

    def _limit(self, wanted: Sequence[str]) -> float:
        return _GRACE + _TIMES * sum(self._known.seconds.get(test, 0.0) for test in wanted)

    def _say(self, mutant: Mutant) -> None:
        text = self._result.read_text(encoding="utf-8")
        by = "".join(json.loads(text)["failed"][:1]) if text else (self._ended or BROKEN)
        self._noticed[by] += 1
        self._told(mutant, by)

    def _fork(self, limit: float) -> bool:
        """Begin a process that goes on with the tests, and wait for its end. False in that process."""
        self._result.write_text("", encoding="utf-8")
        child = os.fork()
        if child == 0:
            self._is_fork, self._known = True, Known()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
            resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
            return False
        self._ended, end = "", time.monotonic() + 4 * limit  # others use this machine as well
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                self._ended = TOO_LONG
                break
            time.sleep(0.005)
        return True

    def _measure(self, *, measured: bool) -> None:
        if measured:
            self._coverage = coverage.Coverage(data_file=None, config_file=False, include=[str(self._module)])
            self._coverage.start()


def _in_order(items: Sequence[pytest.Item], wanted: Sequence[str]) -> list[pytest.Item]:
    known = {item.nodeid: item for item in items}
    return [known[one] for one in wanted if one in known]


def _beneath(loaded: Sequence[str], module: Path) -> list[str]:
    """What was loaded of other people's packages, and of ours those that cannot need the module."""
    apart = _OURS - _BELOW.get(module.parts[0], set())
    return [name for name in loaded if name.partition(".")[0] not in apart]


def _load(names: Sequence[str]) -> None:
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _functions(module: Path) -> dict[str, list[FunctionType]]:
    """The functions of a loaded module, however they are wrapped, by their names with those of their classes."""
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if type(one) is FunctionType and one.__code__.co_filename == str(module.resolve()):
            found[one.__code__.co_qualname].append(one)
    return found


def _codes(code: CodeType) -> dict[str, CodeType]:
    """All code in a module's, by the names of its functions."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return {code.co_qualname: code} | {name: found for one in inner for name, found in _codes(one).items()}


def _caches() -> "list[_lru_cache_wrapper[object]]":
    """The caches of our functions."""
    every = [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper)]
    return [one for one in every if one.__module__.partition(".")[0] in _OURS]
