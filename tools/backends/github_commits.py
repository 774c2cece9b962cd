"""What GitHub says of single commits of one repository: how two differ, and what checks say of one."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tools.backends.forge import Check
from tools.backends.github_checks import Heard, checks_in, ended
from tools.backends.github_http import GitHubHttp

_SHA = re.compile(r"[0-9a-f]{40}")


class GitHubCommits:
    """The commits of the repository at the path `at` of the API."""

    def __init__(self, http: GitHubHttp, at: str) -> None:
        self._http = http
        self._at = at
        self._known: dict[tuple[str, str], Mapping[str, Any]] = {}

    def compared(self, base: str, head: str) -> Mapping[str, Any]:
        """How two differ. Commits stay what they are, so that it is asked once for two of them."""
        if (base, head) in self._known:
            return self._known[base, head]
        said: Mapping[str, Any] = self._http.get(f"{self._at}/compare/{base}...{head}")
        if _SHA.fullmatch(base) and _SHA.fullmatch(head):
            self._known[base, head] = said
        return said

    def checks(self, head: str, base: str) -> Sequence[Check]:
        """What check runs and statuses say of `head` now."""
        return self._told(self._heard(head), head, base)

    def checks_ended(self, head: str, base: str, again: Collection[int] = ()) -> Sequence[Check]:
        """What they say when all have ended, with the second attempt of the workflow runs in `again`."""
        return self._told(ended(lambda: self._heard(head), self._http.sleep, again), head, base)

    def workflow_runs(self, head: str) -> Sequence[Mapping[str, Any]]:
        """The runs of workflows on a commit."""
        return list(self._http.every(f"{self._at}/actions/runs", inside="workflow_runs", head_sha=head))

    def _heard(self, head: str) -> Heard:
        return Heard(
            list(self._http.every(f"{self._at}/commits/{head}/check-runs", inside="check_runs")),
            list(self._http.every(f"{self._at}/commits/{head}/status", inside="statuses")),
            self.workflow_runs(head),
        )

    def _told(self, heard: Heard, head: str, base: str) -> Sequence[Check]:
        """A commit was tested on the base if it contains that, else on what the two have in common."""
        compared = self.compared(base, head)
        tested = base if compared["behind_by"] == 0 else str(compared["merge_base_commit"]["sha"])
        return checks_in(heard.runs, heard.statuses, heard.jobs, head, tested)
