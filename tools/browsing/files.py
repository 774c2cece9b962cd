"""web.yaml: which hosts may be read, and who searches. People write it; it is trusted."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runtime.checked import valid
from runtime.yamlfile import load_yaml

_HOST = r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$"


class Search(BaseModel):
    """Who searches: saved pages of a folder, a SearXNG server, or Serper (with SERPER_API_KEY)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Literal["saved", "searxng", "serper"] = Field(default="saved", description="saved, searxng or serper")
    url: str = Field(default="", description="the server's address, such as https://search.house.example")

    @model_validator(mode="after")
    def _has_a_server(self) -> "Search":
        if self.provider != "saved" and not self.url.startswith(("http://", "https://")):
            raise ValueError("the server's address is missing; write 'url'")
        return self


class WebFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[Annotated[str, Field(pattern=_HOST)], ...] = Field(
        min_length=1, description="the hosts that may be read, such as docs.example or *.docs.example"
    )
    origins: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+:\d{2,5}$")], ...] = Field(
        default=(), description="servers of your own that may be read though they are not public, with their port"
    )
    search: Search = Field(default=Search(), description="who searches")


class SavedPage(BaseModel):
    """A row of pages.csv: a page's address and its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]


def load_web(path: Path) -> WebFile:
    """The file. Raises ConfigProblems with everything wrong and its line."""
    return valid(WebFile, load_yaml(path))
