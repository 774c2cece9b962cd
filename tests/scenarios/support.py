"""The support assistant for the tests here: a project, and questions asked of it with or without a script."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agents.chat import Model
from crews.answering import scripted
from crews.assistant import Assistant
from testkit.projects import CHECKOUT, home_in, make_project

READERS = ("support", "scheduling", "recruiting", "finops", "devops")


def project_with_support(folder: Path) -> Path:
    """The shipped configuration and scenarios."""
    settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
    project = make_project(folder, settings=settings)
    shutil.copytree(CHECKOUT / "scenarios", project / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    return project


@contextmanager
def support(project: Path, model: Model | None = None, inputs: Mapping[str, Path] | None = None) -> Iterator[Assistant]:
    """The assistant over the demo's documents or `inputs`, with `model` answering, or the playbook."""
    answering = scripted("model", "a test's script", model) if model else None
    with home_in(project), Assistant(project, "support", inputs=inputs, answering=answering) as assistant:
        yield assistant
