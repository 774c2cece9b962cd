"""The house's settings: which real systems stand behind calendar, mail and records.

config/settings.yaml says which kind. Where it is and how to log in comes from the environment (`.env`), never YAML.
"""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runtime.fields import Text
from runtime.problems import Problem, joined

FILE = "config/settings.yaml"

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_PLACE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")

_NEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("calendar", "caldav"): ("CALDAV_URL", "CALDAV_USERNAME", "CALDAV_PASSWORD"),
    ("mail", "smtp"): ("SMTP_URL",),
    ("records", "postgres"): ("RECORDS_URL",),
    ("cloud", "aws"): ("AWS_REGION",),
    ("embeddings", "endpoint"): ("EMBEDDINGS_URL", "EMBEDDINGS_MODEL"),
    ("embeddings", "folder"): ("EMBEDDINGS_FOLDER",),
    ("forge", "github"): ("GITHUB_TOKEN", "GITHUB_REPOSITORY"),
}


class House(BaseModel):
    """Who writes: the name and the address that mails and invitations come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text = Field(description="the organisation's name")
    mail: Text = Field(description="the address that mails come from, such as recruiting@house.example")

    @field_validator("mail")
    @classmethod
    def _is_an_address(cls, mail: str) -> str:
        if not _ADDRESS.fullmatch(mail):
            raise ValueError(f"'{mail}' is not a mail address; write it like recruiting@house.example")
        return mail


class Settings(BaseModel):
    """config/settings.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    house: House = Field(description="the house's name and mail: 'house: {name: ..., mail: ...}'")
    assistant_world: str | None = Field(
        default=None, description="the scenario whose calendars, mails and records the assistant answers from"
    )
    url: str | None = Field(
        default=None, description="where people reach Deputy's pages, such as https://deputy.house.example; for links"
    )
    calendar: Literal["embedded", "caldav"] = Field(default="embedded", description="embedded or caldav")
    mail: Literal["maildir", "smtp"] = Field(default="maildir", description="maildir (nothing leaves) or smtp")
    records: Literal["sqlite", "postgres"] = Field(default="sqlite", description="sqlite or postgres")
    sandbox: Literal["wasm", "jail", "off"] = Field(
        default="wasm", description="where untrusted programs run: wasm (everywhere), jail (Linux, with numpy), or off"
    )
    cloud: Literal["embedded", "aws"] = Field(default="embedded", description="embedded or aws")
    forge: Literal["local", "github"] = Field(default="local", description="local (git on this machine) or github")
    embeddings: Literal["none", "endpoint", "folder"] = Field(
        default="none",
        description="what embeds documents and facts, to find them by meaning: none, an endpoint, or a model's folder",
    )
    checks: Literal["sandbox", "limits"] = Field(
        default="sandbox",
        description="how the local forge runs checks: in a sandbox or not at all, or with limits only if there is none",
    )

    @field_validator("url")
    @classmethod
    def _is_a_place(cls, url: str | None) -> str | None:
        if url is not None and not _PLACE.fullmatch(url):
            raise ValueError(f"'{url}' is no address of a web site; write it like https://deputy.house.example")
        return url


def outside(settings: Settings) -> list[str]:
    """The systems that stand outside of this project and would really be changed, as the settings name them."""
    chosen = [key for key, kind in _NEEDS if key != "embeddings" and getattr(settings, key) == kind]
    return [f"{key}: {getattr(settings, key)}" for key in chosen]


def missing_environment(settings: Settings, environ: Mapping[str, str]) -> list[Problem]:
    """What the chosen systems need from the environment and do not find there."""
    problems = []
    for (key, kind), names in _NEEDS.items():
        missing = [name for name in names if not environ.get(name, "").strip()]
        if getattr(settings, key) == kind and missing:
            message = f"'{key}: {kind}' needs {joined(missing)} in the environment"
            problems.append(Problem(FILE, 0, 0, message, "write it into .env"))
    return problems
