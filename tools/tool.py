"""How a capability becomes a tool: one decorated function, with a schema, an effect and argument roles.

    @tool(effect="send", targets=("to",), identity=("interview", "to"))
    def send_invitation(interview: str, to: str, note: str = "", *, world: World) -> Sent:
        '''Send one person the invitation to an interview.'''

The signature is the schema, the docstring is what the model reads, keyword-only `world` is what the program passes.
A tool checks no permission: the gate does, once, for all of them.

A tool with an effect can be asked whether the effect is there already, and how to take it back:

    keyed                             True if making the same call twice is making it once, because the system keeps
                                      what it holds by a key that follows from the arguments (a UID, a Message-ID)
    probe(**arguments, world=world)   what the tool returned or would have, if its effect is there; None if it is not;
                                      raises InDoubt if nobody can know
    settle(happened, **arguments, world=world)   tells the system what a person found out about an effect in doubt
    undo(arguments, result)           the call that takes the effect back; None if there is nothing to take back;
                                      raises CannotWork, with the reason, if it cannot be taken back

A person who is asked about a call is shown what it would do, if its tool can say:

    preview(**arguments, world=world)  that in words, without doing it; "letter" for a tool whose only effect is one
                                       mail or draft (`tools.rehearsal`), "entry" for one that only books, changes
                                       or cancels what is in calendars (`tools.pencil`)

A tool may say how many `seconds` it takes at most. One that is `killable` runs in a process of its own, which is ended
then, and is given a `tools.apart.Ground` for its world; any other is left to finish, and its record says that it was
late.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from tools.pencil import entry
from tools.rehearsal import letter

Effect = Literal["read", "write", "send", "spend", "execute"]


@dataclass(frozen=True)
class Reverse:
    """The call that takes an effect back: a tool by name, and its arguments."""

    tool: str
    args: Mapping[str, Any]


Check = Callable[[Any], str]
"""Why a tool must not be used in a world now; empty if it may. Asked before each call of a tool that is not ours."""

Probe = Callable[..., Any]
Settle = Callable[..., None]
Undo = Callable[[Mapping[str, Any], Any], Reverse | None]
Preview = Callable[..., str]

_REHEARSED: Mapping[str, Preview] = {"letter": letter, "entry": entry}

EFFECTS: tuple[Effect, ...] = ("read", "write", "send", "spend", "execute")


@dataclass(frozen=True)
class Tool:
    """One named action. `targets` are the arguments that say whom or what it acts on; `identity` those that make two
    calls the same effect; `trusted` the result fields whose values may become targets (dotted paths, `*` for all).
    `subjects` are the fields, of arguments or result, that say whose data stands beside them (dotted paths, too).
    The rest is as described above; an effect with neither `probe` nor key is, in doubt, for a person to settle."""

    name: str
    description: str
    effect: Effect
    args: type[BaseModel]
    run: Callable[..., Any] = field(repr=False, compare=False)
    targets: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    probe: Probe | None = field(default=None, repr=False, compare=False)
    undo: Undo | None = field(default=None, repr=False, compare=False)
    check: Check | None = field(default=None, repr=False, compare=False)
    settle: Settle | None = field(default=None, repr=False, compare=False)
    preview: Preview | None = field(default=None, repr=False, compare=False)
    keyed: bool = False
    seconds: float | None = None
    killable: bool = False

    @property
    def backend(self) -> str:
        """The system that fails with this tool: what its module is about; a tool that is not ours is one by itself."""
        package, _, module = str(getattr(self.run, "__module__", "")).partition(".")
        return module if package == "tools" else self.name

    @property
    def repeatable(self) -> bool:
        """Whether the call can be made again without making its effect twice."""
        return self.effect == "read" or self.keyed or self.probe is not None

    def __repr__(self) -> str:
        return f"<tool {self.name}>"

    def schema(self) -> dict[str, Any]:
        """The arguments as JSON Schema."""
        schema = self.args.model_json_schema()
        schema.pop("title", None)
        return schema


_REGISTRY: dict[str, Tool] = {}


def tool(
    *,
    effect: Effect,
    targets: tuple[str, ...] = (),
    identity: tuple[str, ...] = (),
    trusted: tuple[str, ...] = (),
    subjects: tuple[str, ...] = (),
    probe: Probe | None = None,
    undo: Undo | None = None,
    settle: Settle | None = None,
    preview: Preview | Literal["letter", "entry"] | None = None,
    keyed: bool = False,
    seconds: float | None = None,
    killable: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function a tool. Raises at import for a role that names no argument."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        args = _arguments(function)
        unknown = {*targets, *identity} - set(args.model_fields)
        if unknown:
            raise TypeError(f"tool '{function.__name__}' has no argument {', '.join(sorted(unknown))}")
        if function.__name__ in _REGISTRY:
            raise TypeError(f"two tools are named '{function.__name__}'")
        description = inspect.getdoc(function)
        if not description:
            raise TypeError(f"tool '{function.__name__}' has no docstring for the model to read")
        shown = " ".join(description.split())
        doubt: dict[str, Any] = {"probe": probe, "undo": undo, "settle": settle, "keyed": keyed}
        doubt |= {"subjects": subjects, "seconds": seconds, "killable": killable}
        doubt["preview"] = partial(_REHEARSED[preview], function) if isinstance(preview, str) else preview
        named = Tool(function.__name__, shown, effect, args, function, targets, identity, trusted, **doubt)
        _REGISTRY[function.__name__] = named
        return function

    return declare


def declared() -> Iterator[Tool]:
    """Every tool declared so far, by name."""
    return iter(sorted(_REGISTRY.values(), key=lambda one: one.name))


def _arguments(function: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default if default is ... else Field(default=default))
    return create_model(f"{function.__name__}_args", __config__=ConfigDict(extra="forbid", defer_build=True), **fields)
