"""What `deputy doctor` says of the sources of foreign tools: whether they answer, and offer what was accepted."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cli.checks import Check
from runtime.errors import DeputyError
from runtime.problems import counted

if TYPE_CHECKING:
    from crews.config import Config
    from tools.backends.foreign import Announced


def sources(config: "Config", environ: Mapping[str, str]) -> Iterator[Check]:
    """One check for each source, and one for each tool that says more of itself than its declaration does."""
    from crews.foreign import pinning

    with pinning.sources(config.project, environ) as site:
        for name in config.foreign.file.sources:
            tools = [one for one in config.foreign.tools.values() if one.spec.source == name]
            if not tools:
                yield Check(name, "warn", "no tool is declared of it", "declare one, or remove it")
                continue
            try:
                offered = pinning.listed(tools[0].service.open(site))
            except DeputyError as error:
                yield Check(name, "fail", error.problem, error.remedy)
                continue
            yield from _offered(config, name, offered)


def _offered(config: "Config", source: str, offered: "Mapping[str, Announced]") -> Iterator[Check]:
    from crews.foreign.checks import not_read
    from crews.foreign.pinning import standing

    tools = [one for one in config.foreign.tools.values() if one.spec.source == source]
    wrong = [(one.name, said) for one in tools if (said := standing(one, offered))]
    for name, said in wrong:
        yield Check(source, "warn", said, f"run 'deputy tools diff {name}'")
    for one in tools:
        now = offered.get(one.place)
        if one.spec.effect == "read" and now is not None and (says := not_read(now.hints)):
            found = f"'{one.name}' is declared 'read', and its source says {says}"
            yield Check(source, "warn", found, "make sure that it changes nothing")
    if not wrong:
        yield Check(source, "ok", f"{counted(len(tools), 'tool')} as declared, of {len(offered)} offered")
