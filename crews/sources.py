"""Reading the configuration's files: each into strict models, all problems kept, nothing raised."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from runtime.checked import checked
from runtime.fields import NAME, NAME_HINT
from runtime.leaks import without_secrets
from runtime.problems import Problem, did_you_mean
from runtime.yamlfile import Loc, Located, load_yaml

M = TypeVar("M", bound=BaseModel)

_FILES = frozenset(
    {
        "agents.yaml",
        "tasks.yaml",
        "crews.yaml",
        "policies.yaml",
        "policy-tests.yaml",
        "models.yaml",
        "settings.yaml",
        "tools.yaml",
        "tools.lock.yaml",
        "schedules.yaml",
        "limits.yaml",
    }
)
_FOLDERS = frozenset({"agents", "tasks", "crews", "schema"})


@dataclass(frozen=True)
class Source:
    """Where something was written: a file, and the way to it inside."""

    located: Located
    at: Loc = ()

    def problem(self, at: Loc, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem with what stands at `at` inside of this source."""
        return self.located.problem((*self.at, *at), message, hint, key=key)


@dataclass(frozen=True)
class Entry(Generic[M]):
    """Something with a name. `value` is None if what was written is not valid; its problems are known by then."""

    name: str
    value: M | None
    source: Source


@dataclass
class Reading:
    """One project's files as they are read. `unreadable` names the kinds whose entries are not all known."""

    project: Path
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def file(self, path: str) -> Located:
        """The file at `path`, relative to the project, without anything that looks like a secret."""
        if not (self.project / path).exists():
            hint = f"every project needs one; config/schema/{Path(path).stem}.json describes it"
            self.problems.append(Problem(path, 0, 0, "there is no such file", hint))
            return Located(path)
        located = without_secrets(load_yaml(self.project / path, path))
        self.problems += located.problems
        return located

    def whole(self, kind: str, model: type[M]) -> Entry[M]:
        """config/<kind>.yaml as one model."""
        located = self.file(f"config/{kind}.yaml")
        return self.entry(kind, model, Source(located)) if located.readable else Entry(kind, None, Source(located))

    def entry(self, name: str, model: type[M], source: Source) -> Entry[M]:
        """What stands at `source`, as an entry called `name`."""
        value, problems = checked(model, source.located, source.at)
        self.problems += problems
        return Entry(name, value, source)

    def entries(self, kind: str, model: type[M]) -> dict[str, Entry[M]]:
        """The entries of config/<kind>.yaml and of config/<kind>/*.yaml, where a file's name is the entry's."""
        found: dict[str, Entry[M]] = {}
        for name, source in [*self._from_file(kind), *self._from_folder(kind)]:
            if not NAME.fullmatch(name):
                self.problems.append(source.problem((), f"'{name}' cannot be a name", NAME_HINT, key=True))
            if name in found:
                first = found[name].source
                where = first.problem((), "", key=True).where
                self.problems.append(
                    source.problem((), f"'{name}' is in {where} already", "keep one of them", key=True)
                )
                continue
            found[name] = self.entry(name, model, source)
        return found

    def check_names(self) -> None:
        """Report files in config/ that nothing reads: a misspelt name must not switch a file off."""
        folder = self.project / "config"
        for path in sorted(folder.iterdir()):
            known, what = (_FOLDERS, "folder") if path.is_dir() else (_FILES, "file")
            yaml_like = path.is_dir() or path.suffix in (".yaml", ".yml")
            if yaml_like and not path.name.startswith((".", "__")) and path.name not in known:
                self._unread(path, f"nothing reads this {what}", did_you_mean(path.name, known))
        for path in sorted(one for kind in ("agents", "tasks", "crews") for one in folder.glob(f"{kind}/*.yml")):
            self._unread(path, "nothing reads this file", "let its name end in .yaml")

    def _unread(self, path: Path, message: str, hint: str) -> None:
        self.problems.append(Problem(path.relative_to(self.project).as_posix(), 0, 0, message, hint))

    def _from_file(self, kind: str) -> Iterator[tuple[str, Source]]:
        path = f"config/{kind}.yaml"
        if (self.project / "config" / kind).is_dir() and not (self.project / path).exists():
            return
        located = self.file(path)
        if isinstance(located.data, dict):
            yield from ((name, Source(located, (name,))) for name in located.data)
            return
        self.unreadable.add(kind)
        if located.readable:
            self.problems.append(located.problem((), f"the file must be a mapping of names to {kind}"))

    def _from_folder(self, kind: str) -> Iterator[tuple[str, Source]]:
        for path in sorted((self.project / "config" / kind).glob("*.yaml")):
            located = self.file(path.relative_to(self.project).as_posix())
            if located.readable:
                yield path.stem, Source(located)
            else:
                self.unreadable.add(kind)
