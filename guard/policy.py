"""The house's limits, as config/policies.yaml says them. They hold for every run, whatever a plan asks for."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from guard.plan import Name
from guard.rules import Rule
from runtime.fields import Text
from tools.tool import Effect

AskOrDeny = Literal["ask", "deny"]


class Limits(BaseModel):
    """What one run may use up at most, and what all runs may cost in a day. A call that would go over is not made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_calls: int = Field(ge=1, le=100_000, description="how many times models may be asked")
    tool_calls: int = Field(ge=0, le=100_000, description="how many tool calls may be carried out")
    usd: float = Field(ge=0, le=100_000, description="what models may cost, in US dollars")
    minutes: int = Field(ge=1, le=100_000, description="how long a run may work, in minutes")
    per_principal_day: float | None = Field(
        default=None, ge=0, le=1_000_000, description="what one principal's runs may cost in a day (UTC) in all"
    )
    per_tenant_day: float | None = Field(
        default=None, ge=0, le=1_000_000, description="what one tenant's runs may cost in a day (UTC) in all"
    )
    day: float | None = Field(default=None, ge=0, le=1_000_000, description="what all runs may cost in a day (UTC)")
    tokens: int | None = Field(
        default=None, ge=1, le=10**12, description="how many tokens models may read and write; no limit if left out"
    )


class Content(BaseModel):
    """What happens to a message that holds what it should not. Nothing here can be switched off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secrets: Literal["deny"] = Field(default="deny", description="passwords and keys never leave")
    personal_data: AskOrDeny = Field(default="ask", description="data of people who are no party to the message")
    hidden_characters: AskOrDeny = Field(default="ask", description="characters that nobody sees")
    links: AskOrDeny = Field(default="ask", description="links to hosts that no trusted value names")
    attachments: AskOrDeny = Field(default="ask", description="files that go along")
    oversize: AskOrDeny = Field(default="ask", description="texts longer than a message needs")

    @property
    def denied(self) -> frozenset[str]:
        """The kinds of findings (guard/content.py) that are denied where a person would be asked otherwise."""
        return frozenset(kind for name, kinds in _KINDS.items() if getattr(self, name) == "deny" for kind in kinds)


_KINDS = {
    "personal_data": ("person",),
    "hidden_characters": ("hidden", "encoded"),
    "links": ("link",),
    "attachments": ("data",),
    "oversize": ("oversize",),
}


class Escalate(BaseModel):
    """Who is asked once nobody has answered in time, and for how long. After that the call is denied."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: tuple[str, ...] = Field(min_length=1, description="who may say yes then: roles of approvers, or people")
    minutes: int = Field(ge=1, le=525_600, description="how many minutes they are waited for")


class Approval(BaseModel):
    """Who answers what no rule gives to somebody, how long a question stands, and what happens then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_minutes: int = Field(
        default=1440, ge=1, le=525_600, description="how many minutes a question waits for its answer"
    )
    approvers: tuple[str, ...] = Field(
        default=(), description="who may say yes where a rule names nobody: roles of approvers, or people; else anybody"
    )
    escalate: Escalate | None = Field(
        default=None, description="who is asked after that; without it the call is denied then"
    )

    instead: ClassVar[Mapping[str, str]] = {
        "timeout": "use 'expires_minutes'",
        "deadline": "use 'expires_minutes'",
        "on_timeout": "use 'escalate', or nothing: then the call is denied",
    }


class PolicyFile(BaseModel):
    """config/policies.yaml. `deny` names tools that nobody may call, whatever cards and plans say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget: Limits = Field(
        description="what one run may use up (model_calls, tool_calls, usd, minutes), and all runs in a day"
    )
    deny: tuple[str, ...] = Field(default=(), description="tools that nobody may call, by name")
    approvers: dict[Name, tuple[Text, ...]] = Field(
        default_factory=dict,
        description="who answers: roles, each with its people (user:NAME or a mail address)",
    )
    rules: tuple[Rule, ...] = Field(default=(), description="what is denied or asked beyond that; none can allow")
    untrusted_target: AskOrDeny = Field(
        default="ask", description="a call whose target no trusted value names; spending and executing: always deny"
    )
    outside_plan: AskOrDeny = Field(
        default="deny",
        description="a call with another value than the plan pins; 'ask' lets a person allow it in passing",
    )
    plan_hours: int | None = Field(
        default=None, ge=1, le=8760, description="how long an accepted plan is good for, in hours; no end if left out"
    )
    content: Content = Field(default=Content(), description="what messages must not hold")
    approval: Approval = Field(default=Approval(), description="how long people are waited for")

    instead: ClassVar[Mapping[str, str]] = {
        "allow": "remove it; what may be called is on the roles' cards and in the plan",
        "policies": "use 'rules'",
        "limits": "use 'budget'",
    }

    def on_untrusted_target(self, effect: Effect) -> AskOrDeny:
        """What a call is told whose target comes from no trusted value."""
        return "deny" if effect in ("spend", "execute") else self.untrusted_target
