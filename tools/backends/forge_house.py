"""A local repository's own rules, in `.forge/house.yaml` on its protected branch, never on a change's:

approvals: 1
checks:
  tests: {run: [python3, -m, unittest, -v], required: true, minutes: 2}
pipelines:
  nightly: {run: [python3, -m, unittest, -v], about: every test by its name}
"""

from pydantic import BaseModel, ConfigDict, Field

from runtime.checked import valid
from runtime.fields import Text
from runtime.yamlfile import parse_yaml
from tools.backends.forge import Protection
from tools.backends.git import Git

FILE = ".forge/house.yaml"
OWNERS = (".forge/CODEOWNERS", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


class Job(BaseModel):
    """A command, as a list of words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: tuple[Text, ...] = Field(min_length=1, description="the command and its arguments")
    required: bool = Field(default=True, description="false: it may fail without holding a change up")
    minutes: float = Field(default=2, gt=0, le=60, description="after that it is stopped, and has failed")
    about: str = Field(default="", description="what it is for")


class HouseRules(BaseModel):
    """What a repository's protected branch asks for, and what can be run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approvals: int = Field(default=1, ge=0, le=10, description="how many people must approve a change")
    code_owners: bool = Field(default=True, description="whether owners must approve what is theirs")
    checks: dict[str, Job] = Field(default_factory=dict, description="what runs for each change")
    pipelines: dict[str, Job] = Field(default_factory=dict, description="what can be started by name")

    @property
    def protection(self) -> Protection:
        """The same, as any forge says it."""
        required = tuple(name for name, job in self.checks.items() if job.required)
        return Protection(required, self.approvals, True, self.code_owners)


def house_rules(git: Git, commit: str) -> HouseRules:
    """The rules in a commit; the defaults if it has none. Raises ConfigProblems for those that cannot be read."""
    text = git.file(commit, FILE)
    return valid(HouseRules, parse_yaml(text, FILE)) if text.strip() else HouseRules()


def owners_text(git: Git, commit: str) -> str:
    """CODEOWNERS in a commit, from the first of its usual places; empty if there is none."""
    return next((text for path in OWNERS if (text := git.file(commit, path))), "")
