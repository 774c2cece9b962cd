"""Foreign tools, as a YAML file declares them: what the gate must know of a tool that it does not carry out itself.

Everything that is wrong with a file is found at once, each mistake with its line and column. A tool that changes the
world has to say whom or what it acts on (`targets`, which may be empty): what is forgotten must not be allowed.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
    create_model,
    field_validator,
)

from guard.conditions import Argument
from guard.kinds import Takes, misfits, takes
from guard.labels import Label, Origins, leads_to, leaves
from guard.patterns import LONGEST, check_pattern, matches
from guard.plan import Name
from guard.rules import Rule
from runtime.checked import checked
from runtime.errors import CannotWork
from runtime.fields import Text, each_once
from runtime.problems import ConfigProblems, Problem, did_you_mean
from runtime.yamlfile import Located, load_yaml
from tools.tool import Check, Effect, Tool

Kind = Literal["string", "integer", "number", "boolean", "list", "object"]
ArgumentName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]

_annotated: Any = Annotated  # both are put together from values here, which no type checker can follow
_list: Any = list

_TYPES: dict[Kind, Any] = {
    "string": Annotated[str, Strict()],
    "integer": Annotated[int, Strict()],
    "number": Annotated[float, Strict(), AllowInfNan(False)],
    "boolean": Annotated[bool, Strict()],
    "list": list,
    "object": Annotated[dict[str, Any], Strict()],
}
_SAID = ("longest", *(name for name in Argument.model_fields))
_WORDS = {
    "longest": "at most {} long",
    "matches": "as its pattern says",
    "not_one_of": "none of {}",
    "domain_in": "in the domains {}",
    "domain_not_in": "in other domains than {}",
}


class ArgumentSpec(Argument):
    """One argument of a tool: what it takes, and the conditions that each of its values has to meet."""

    type: Kind = Field(description="string, integer, number, boolean, list or object")
    items: Literal["string", "integer", "number", "boolean", "object"] = Field(
        default="string", description="what a list holds"
    )
    required: bool = Field(default=True, description="whether it must be given; leaving it out must be harmless if not")
    longest: int | None = Field(default=None, ge=1, description="how many characters, or entries, it has at most")
    description: Text | None = Field(default=None, description="what it means, for the model")

    instead: ClassVar[dict[str, str]] = {
        **Argument.instead,
        "enum": "use 'one_of'",
        "minimum": "use 'at_least'",
        "maximum": "use 'at_most'",
        "max_length": "use 'longest'",
        "maxLength": "use 'longest'",
        "optional": "use 'required: false'",
    }

    @property
    def single(self) -> Kind:
        """The type of one value: of a list, that of its entries."""
        return self.items if self.type == "list" else self.type

    @property
    def takes(self) -> Takes:
        """What values it takes, as far as conditions on them have to know."""
        return takes(_list[_TYPES[self.items]] if self.type == "list" else _TYPES[self.type])

    def checked(self, value: Any) -> Any:
        """`value` if it meets all conditions. Raises ValueError, which never repeats it, if it does not."""
        long = self.longest is not None and self.type in ("string", "list") and len(value) > self.longest
        if long or not self.fits(value, doubt=False):
            raise ValueError(f"it must be {self.says()}")
        return value

    def says(self) -> str:
        """The conditions in words."""
        said = [(name, getattr(self, name)) for name in _SAID]
        words = [
            _WORDS.get(name, name.replace("_", " ") + " {}").format(_shown(value)) for name, value in said if value
        ]
        return ", ".join(words) or f"{self.type}"

    def annotation(self) -> Any:
        """The type of the argument with its conditions, as pydantic checks it."""
        kind = _annotated[_list[_TYPES[self.items]], Strict()] if self.type == "list" else _TYPES[self.type]
        whole = _annotated[kind, AfterValidator(self.checked), WithJsonSchema(self.json_schema())]
        return whole if self.required else whole | None

    def json_schema(self) -> dict[str, Any]:
        """The argument as JSON Schema, which is what a model is shown."""
        single = {
            "type": self.single,
            "enum": list(self.one_of) or None,
            "minimum": self.at_least,
            "maximum": self.at_most,
            "pattern": self.matches and f"^(?:{self.matches})$",
        }
        schema: dict[str, Any] = {name: value for name, value in single.items() if value is not None}
        size = "maxItems" if self.type == "list" else "maxLength"
        if self.type == "list":
            schema = {"type": "array", "items": schema}
        extra = {size: self.longest, "description": self.description}
        return schema | {name: value for name, value in extra.items() if value is not None}


class TrustedField(BaseModel):
    """A field of a result whose values may become targets, or only those parts of them that a pattern finds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Text = Field(description="the way to the field, keys with dots between them; '*' for every key or entry")
    pattern: str | None = Field(default=None, description="only the parts of the text that are as this says")

    @field_validator("pattern")
    @classmethod
    def _is_safe(cls, pattern: str | None) -> str | None:
        check_pattern(pattern or "")
        return pattern

    def parts(self, value: Any) -> Iterator[Any]:
        """What of a value is trusted: parts that stand by themselves. Of a text over 200 characters, nothing."""
        if self.pattern is None or not isinstance(value, str):
            if self.pattern is None or matches(self.pattern, str(value)):
                yield value
        elif len(value) <= LONGEST:
            alone = re.compile(rf"(?<![\w@%+-])(?<!\w\.)(?:{self.pattern})(?![\w@%+-]|\.\w)", re.ASCII)
            yield from (found.group() for found in alone.finditer(value) if found.group())


class Declaration(BaseModel):
    """What the gate must know of a tool that is not ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effect: Effect = Field(description="read, write, send, spend or execute")
    arguments: dict[ArgumentName, ArgumentSpec] = Field(default_factory=dict, description="its arguments, by name")
    targets: tuple[str, ...] | None = Field(default=None, description="the arguments that say whom or what it acts on")
    identity: tuple[str, ...] = Field(default=(), description="the arguments that make two calls the same effect")
    secret: tuple[str, ...] = Field(default=(), description="the arguments that are never recorded as they are")
    times: int | None = Field(default=None, ge=1, le=1000, description="how often one run may call it at most")
    trusted: tuple[TrustedField, ...] = Field(default=(), description="true, or the result's fields that are trusted")
    secret_results: tuple[Text, ...] = Field(default=(), description="the result's fields that are never recorded")

    instead: ClassVar[Mapping[str, str]] = {
        "args": "use 'arguments'",
        "parameters": "use 'arguments'",
        "max_calls": "use 'times'",
        "secrets": "use 'secret'",
    }

    @field_validator("targets", "identity", "secret", "secret_results")
    @classmethod
    def _each_once(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return each_once(names) if names is not None else None

    @field_validator("trusted", mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return ({"field": "*"},) if value else ()
        if isinstance(value, list):
            return tuple({"field": one} if isinstance(one, str) else one for one in value)
        raise ValueError("it must be true, or a list of fields of the result")


class ToolSpec(Declaration):
    """One foreign tool."""

    description: Text = Field(description="what it does, for the model and for people who are asked")


class DeclarationFile(BaseModel):
    """A file of foreign tools."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tools: dict[Name, ToolSpec] = Field(min_length=1, description="the tools, by name")


@dataclass(frozen=True)
class Declared:
    """A foreign tool as the gate knows it. `plain` says what it does in words of the house, never of who offers it."""

    tool: Tool
    spec: Declaration
    plain: str = ""

    @property
    def caps(self) -> tuple[Rule, ...]:
        """The rule that `times` is: for the run as a whole, whatever its steps are granted."""
        if self.spec.times is None:
            return ()
        reason = f"one run calls '{self.tool.name}' at most {self.spec.times} times"
        said = {"tools": (self.tool.name,), "times": {"per": "run", "at_most": self.spec.times}, "reason": reason}
        return (Rule.model_validate({"id": "declared.times", "verdict": "deny", **said}),)

    def label(self, name: str, args: Mapping[str, Any], origins: Origins) -> Label:
        """The label of an argument; one that may be left out, and was, names nobody."""
        if not self.spec.arguments[name].required and args.get(name) in (None, []):
            return Label(True, "nothing, it is left out")
        return origins.label(args.get(name))

    def learn(self, call: str, result: Any, origins: Origins) -> None:
        """Trust what the declaration says of a result, and keep where all the rest was read."""
        origins.from_result(self.tool, call, result)
        for one in self.spec.trusted:
            if one.pattern is not None:
                origin = f"tool {self.tool.name}, call {call}, part of {one.field}"
                for path, leaf in leaves(result):
                    if leads_to(tuple(one.field.split(".")), path):
                        origins.trust(list(one.parts(leaf)), origin)


def load_declarations(path: Path) -> dict[str, Declared]:
    """The tools that the file declares, by name. Raises ConfigProblems with all that is wrong with it."""
    located = load_yaml(path)
    file, problems = checked(DeclarationFile, located) if located.readable else (None, [])
    found = [*located.problems, *problems]
    if file is not None:
        found += [one for name, spec in file.tools.items() for one in tool_problems(name, spec, located)]
    if file is None or found:
        raise ConfigProblems(found)
    return {name: declared(name, spec, spec.description) for name, spec in file.tools.items()}


def declared(
    name: str,
    spec: Declaration,
    description: str,
    *,
    run: Callable[..., Any] | None = None,
    check: Check | None = None,
) -> Declared:
    """The tool that a declaration makes. Without `run`, who declared it carries it out."""
    fields: dict[str, Any] = {
        key: (one.annotation(), ...) if one.required else (one.annotation(), None)
        for key, one in spec.arguments.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an argument may be named like a method of pydantic's
        args = create_model(f"{name}_args", __config__=ConfigDict(extra="forbid", protected_namespaces=()), **fields)
    tool = Tool(
        name=name,
        description=" ".join(description.split()),
        effect=spec.effect,
        args=args,
        run=run or _elsewhere,
        targets=spec.targets or (),
        identity=spec.identity,
        trusted=tuple(one.field for one in spec.trusted if one.pattern is None),
        check=check,
    )
    return Declared(tool, spec)


def _elsewhere(**_: Any) -> None:
    raise CannotWork("a declared tool is carried out by who declared it")


def tool_problems(name: str, spec: Declaration, located: Located) -> Iterator[Problem]:
    """What is wrong with a tool as a whole, that stands below `tools` in the file."""
    at = ("tools", name)
    if spec.effect != "read" and spec.targets is None:
        hint = "name the arguments that say whom or what it acts on, or write [] if there is none"
        yield located.problem(at, f"'{name}' has effect '{spec.effect}' and no 'targets'", hint, key=True)
    for role in ("targets", "identity", "secret"):
        for one in getattr(spec, role) or ():
            if one not in spec.arguments:
                hint = did_you_mean(one, spec.arguments)
                yield located.problem((*at, role, one), f"'{name}' has no argument '{one}'", hint)
    for one in set(spec.secret) & set(spec.targets or ()):
        hint = "people have to see whom a call acts on; remove it from one of them"
        yield located.problem((*at, "secret", one), f"'{one}' is a target and cannot be secret", hint)
    for argument, given in spec.arguments.items():
        if argument.startswith("model_") and hasattr(BaseModel, argument):
            yield located.problem((*at, "arguments", argument), f"no argument can be named '{argument}'", key=True)
        for key, message in _misfits(given):
            yield located.problem((*at, "arguments", argument, key), message, key=True)


def _misfits(given: ArgumentSpec) -> Iterator[tuple[str, str]]:
    """The conditions that can never hold for what an argument takes."""
    if "items" in given.model_fields_set and given.type != "list":
        yield "items", f"'items' is for lists, and this takes {given.takes}"
    yield from misfits(given, given.takes)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
