"""Git commands on one repository, with nobody's configuration, hooks or passwords but what is given here."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import ConfigError
from runtime.scratch import scratch_folder
from tools.backends.forge import Diff, FileChange
from tools.backends.git_locks import at_work, busy, clear, in_the_way

_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ADVICE": "0",
    "LC_ALL": "C",
    "HOME": os.devnull,
}
_ARGUMENTS = (
    *("-c", "safe.directory=*"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0"),
    *("-c", "protocol.ext.allow=never"),
)
_SECONDS = 120
_ORDINARY = {"000000", "100644", "100755"}
_MOST_TEXT = 400_000  # characters of a diff that are looked at


class GitError(Exception):
    """A git command failed; `text` is what it said."""

    def __init__(self, command: str, text: str) -> None:
        self.text = text.strip()
        super().__init__(f"git {command}: {self.text}")


@dataclass(frozen=True)
class Git:
    """One repository, bare or not. `variables` are added to every command's own. With `ours` it is Deputy's alone:
    a lock file that a killed process has left there is removed, and the command made again.

    Every command raises TryLater for a lock file that is in its way and cannot be removed.
    """

    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False

    def run(self, *args: str, stdin: str | None = None, variables: Mapping[str, str] | None = None) -> str:
        """What the command prints. Raises GitError if it fails, ConfigError if there is no git."""
        return _printed(args, self._done(args, stdin, variables or {}))

    def push(self, into: "Git", *args: str) -> None:
        """Push to another repository on this machine, with git's own options and refspecs."""
        given = ("push", "--quiet", *args[:-1], str(into.path.resolve()), args[-1])
        _printed(given, self._done(given, None, {}, into=into))

    def _done(
        self, args: Sequence[str], stdin: str | None, variables: Mapping[str, str], into: "Git | None" = None
    ) -> "subprocess.CompletedProcess[str]":
        written = into or self
        done = self._held(args, stdin, variables, written)
        if done.returncode == 0 or not in_the_way(done.stderr):
            return done
        if written.ours:
            clear(written.path)
            done = self._held(args, stdin, variables, written)
        lock = written.path / in_the_way(done.stderr) if done.returncode != 0 else None
        if lock and lock.is_file():
            raise busy(lock)
        return done

    def _held(
        self, args: Sequence[str], stdin: str | None, variables: Mapping[str, str], written: "Git"
    ) -> "subprocess.CompletedProcess[str]":
        """Run it; while it or a process that it has started lives, it is seen to be at work in a repository of ours."""
        if not written.ours:
            return self._ran(args, stdin, variables)
        with at_work(written.path) as held:
            return self._ran(args, stdin, variables, held)

    def _ran(
        self, args: Sequence[str], stdin: str | None, variables: Mapping[str, str], *held: int
    ) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(  # noqa: S603  git itself, without a shell; refs never begin with a dash
                ["git", *_ARGUMENTS, *args],  # noqa: S607
                cwd=self.path,
                env={"PATH": os.pathsep.join(os.get_exec_path()), **_ALONE, **self.variables, **variables},
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                pass_fds=held,
            )
        except FileNotFoundError as error:
            raise ConfigError("there is no git on this machine", remedy="install it: apt-get install git") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(args[0], f"no answer within {_SECONDS} seconds") from error

    def commit(self, name: str) -> str:
        """The commit that a name stands for; empty if there is none."""
        if not name or name.startswith("-"):
            return ""
        found = self._done(("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"), None, {})
        return found.stdout.strip() if found.returncode == 0 else ""

    def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is in the history of `commit`."""
        return self._done(("merge-base", "--is-ancestor", ancestor, commit), None, {}).returncode == 0

    def file(self, commit: str, path: str) -> str:
        """The text of a file in a commit; empty if it is not there."""
        found = self._done(("show", "--no-textconv", f"{commit}:{path}"), None, {})
        return found.stdout if found.returncode == 0 else ""

    def merged_tree(self, base: str, head: str) -> tuple[str, tuple[str, ...]]:
        """The tree of both merged, and the files in conflict. Nothing is checked out."""
        done = self._done(("merge-tree", "--write-tree", "--name-only", "--no-messages", base, head), None, {})
        if done.returncode not in (0, 1):
            raise GitError("merge-tree", done.stderr)
        tree, *files = done.stdout.splitlines()
        return tree, tuple(dict.fromkeys(one for one in files if one))

    def without(self, commit: str, merge: str, variables: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The tree of `commit` without what the merge brought, and the files in conflict. Nothing is checked out.

        Git merges from where two commits parted. So both sides are made anew, each one commit on top of the merge.
        """
        start = self.committed(f"{merge}^{{tree}}", (), "start", variables)
        now = self.committed(f"{commit}^{{tree}}", (start,), "now", variables)
        before = self.committed(f"{merge}^1^{{tree}}", (start,), "before", variables)
        return self.merged_tree(now, before)

    def committed(self, tree: str, parents: Sequence[str], message: str, variables: Mapping[str, str]) -> str:
        """A new commit of that tree."""
        given = [word for parent in parents for word in ("-p", parent)]
        return self.run("commit-tree", tree, *given, "-F", "-", stdin=message, variables=variables).strip()

    def move(self, ref: str, new: str, old: str) -> bool:
        """Move a ref from `old` to `new` at once, or not at all: False if it is elsewhere (empty: it must be new)."""
        return self._done(("update-ref", ref, new, old or "0" * 40), None, {}).returncode == 0

    def diff(self, base: str, head: str) -> Diff:
        """What `head` changes since the two parted. Renames are a removal and an addition, so both paths are told."""
        span = (f"{base}...{head}",)
        options = ("diff", "--no-renames", "--no-ext-diff", "--no-textconv")
        numbers = self.run(*options, "--numstat", "-z", *span)
        modes = self.run(*options, "--raw", "-z", "--no-abbrev", *span)
        text = self.run(*options, "--unified=3", *span)
        messages = self.run("log", "--format=%B%x00", f"{base}..{head}").split("\0")
        special = _special(modes)
        files = tuple(
            FileChange(path, _count(added), _count(removed), path in special)
            for added, removed, path in (row.split("\t", 2) for row in numbers.split("\0") if row)
        )
        told = tuple(one.strip() for one in messages if one.strip())
        return Diff(files, text[:_MOST_TEXT], told, whole=len(text) <= _MOST_TEXT)

    def export(self, tree: str, folder: Path) -> None:
        """Write a tree's files into a folder, all of them: attributes leave nothing out."""
        home = self.run("rev-parse", "--absolute-git-dir").strip()
        with scratch_folder("index-") as own:
            there = Git(folder, {"GIT_DIR": home, "GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": f"{own}/index"})
            there.run("read-tree", tree)
            there.run("-c", "core.bare=false", "checkout-index", "--all")


def _printed(args: Sequence[str], done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode != 0:
        raise GitError(args[0], done.stderr or done.stdout)
    return done.stdout


def _count(number: str) -> int:
    return int(number) if number.isdigit() else 0  # a dash stands for a file that is no text


def _special(raw: str) -> set[str]:
    """The paths whose old or new entry is a link or another repository."""
    parts = raw.split("\0")
    rows = zip(parts[::2], parts[1::2], strict=False)
    return {path for entry, path in rows if not {*entry.lstrip(":").split(" ")[:2]} <= _ORDINARY}
