"""config/tools.yaml: where foreign tools come from, and what each of them does.

A tool has the name that it stands under; `from` says whose it is. What a source says of its own tools decides nothing.
"""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from guard.conditions import Scalar
from guard.declarations import Declaration
from guard.plan import Name
from runtime.fields import Text

FILE = "config/tools.yaml"

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
LONGEST_NAME = 128  # of a tool in its source


class Header(BaseModel):
    """A header of every request, with its value in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = Field(description="the header")
    value_from: Variable = Field(alias="from", description="the variable that holds its value")


class McpSpec(BaseModel):
    """An MCP server: a program that is started here, or an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: Text | None = Field(default=None, description="the program to start; it runs in the project's folder")
    args: tuple[str, ...] = Field(default=(), description="its arguments")
    env: tuple[Variable, ...] = Field(default=(), description="the variables that it sees, besides PATH and HOME")
    url: Text | None = Field(default=None, description="the address, https unless it is this machine")
    bearer: Variable | None = Field(default=None, description="the variable that holds the token to log in with")
    headers: tuple[Header, ...] = Field(default=(), description="further headers")
    seconds: float = Field(default=30, gt=0, le=600, description="how long each answer may take")

    instead: ClassVar[dict[str, str]] = {
        "timeout": "use 'seconds'",
        "transport": "remove it; 'command' or 'url' says it",
        "environment": "use 'env', a list of names; values belong into .env",
    }

    @model_validator(mode="after")
    def _is_one_of_two(self) -> "McpSpec":
        if (self.command is None) == (self.url is None):
            raise ValueError("it needs either 'command' or 'url'; write one of them")
        program, address = {"args", "env"}, {"bearer", "headers"}
        for key in sorted(self.model_fields_set & (address if self.command else program)):
            raise ValueError(f"'{key}' is not for a server with '{'command' if self.command else 'url'}'; remove it")
        return self

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        from urllib.parse import urlsplit

        parts = urlsplit(url or "")
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if url is not None and (
            not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and here))
        ):
            raise ValueError(f"'{url}' is no address of a server; write it with https://")
        return url

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables whose values it is given."""
        return (*self.env, *([self.bearer] if self.bearer else []), *(one.value_from for one in self.headers))


class CrewaiSpec(BaseModel):
    """One tool of crewai-tools."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,79}$")] = Field(
        alias="class", description="its class, such as FileReadTool"
    )
    arguments: dict[str, Scalar] = Field(default_factory=dict, description="what it is constructed with")
    env: tuple[Variable, ...] = Field(default=(), description="the variables that it needs")

    instead: ClassVar[dict[str, str]] = {"args": "use 'arguments'", "name": "use 'class'", "tool": "use 'class'"}

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it needs."""
        return self.env


class SourceSpec(BaseModel):
    """Where tools come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mcp: McpSpec | None = Field(default=None, description="an MCP server")
    crewai: CrewaiSpec | None = Field(default=None, description="a tool of crewai-tools")

    instead: ClassVar[dict[str, str]] = {"command": "write it below 'mcp'", "url": "write it below 'mcp'"}

    @model_validator(mode="after")
    def _is_one(self) -> "SourceSpec":
        if (self.mcp is None) == (self.crewai is None):
            raise ValueError("it is either 'mcp' or 'crewai'; write one of them")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that the source needs."""
        spec = self.mcp or self.crewai
        return spec.variables if spec else ()


class ForeignSpec(Declaration):
    """One foreign tool, under the name that cards, plans and policies know it by."""

    origin: Text = Field(alias="from", description="'SOURCE.TOOL'; of a source that is one tool, 'SOURCE'")
    description: Text | None = Field(
        default=None, description="what it does, for models and people; without it the source's own words, cut short"
    )

    instead: ClassVar[dict[str, str]] = {**Declaration.instead, "source": "use 'from'", "name": "use 'from'"}

    @property
    def source(self) -> str:
        """The source's name."""
        return self.origin.partition(".")[0]

    @property
    def tool(self) -> str:
        """The tool's name in its source; empty for a source that is one tool."""
        return self.origin.partition(".")[2]


class ToolsFile(BaseModel):
    """config/tools.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[Name, SourceSpec] = Field(default_factory=dict, description="where tools come from, by name")
    tools: dict[Name, ForeignSpec] = Field(default_factory=dict, description="the tools, by name")

    def variables(self) -> set[str]:
        """All variables that sources need."""
        return {name for one in self.sources.values() for name in one.variables}
