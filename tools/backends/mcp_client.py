"""MCP servers as sources of tools: a process on this machine (stdio), or an address (streamable HTTP).

One session per run and server, opened at the first call; one that broke is opened again at the next. A server's process
ends with the run. A call is sent once: whether one that was cut off did anything, nobody can know from here.
"""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from runtime.errors import CannotWork, ToolError, TryAgain
from tools.backends.foreign import LONGEST_RESULT, Announced, cut, read_text

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from mcp import ClientSession, types

T = TypeVar("T")

_MOST_PAGES = 50  # of a list of tools; a server that has more goes on for ever
_LONGEST_ERROR = 500


@dataclass(frozen=True)
class Program:
    """A server that is started here. Of the environment it sees `env`, the path and the home, and nothing else."""

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None


@dataclass(frozen=True)
class Address:
    """A server that is reached by streamable HTTP."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class McpSource:
    """One server. `seconds` is how long each answer may take, and `starting` the first one, to whoever is there."""

    def __init__(self, name: str, server: Program | Address, *, seconds: float = 30, starting: float = 30) -> None:
        self._name = name
        self._server = server
        self._seconds = seconds
        self._starting = max(seconds, starting)
        self._lock = threading.Lock()
        self._portal: Any = None
        self._open: _Open | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()

    def announced(self) -> Mapping[str, Announced]:
        """What the server offers now. Asked twice if the session was broken."""
        try:
            return self._asked(_listed)
        except _Broken:
            pass
        try:
            return self._asked(_listed)
        except _Broken as error:
            raise TryAgain(f"'{self._name}' cannot be reached: {error}", remedy="try again later") from error

    def call(self, tool: str, args: Mapping[str, Any]) -> Any:
        """What the tool returned. Raises CannotWork if it is not known whether it did anything."""
        try:
            result = self._asked(lambda session: session.call_tool(tool, dict(args)))
        except _Broken as error:
            problem = f"'{self._name}' gave no answer to '{tool}' ({error}): whether it did anything is not known"
            raise CannotWork(problem, remedy="look at what it acts on before anything is done again") from error
        value = _value(result)
        if result.isError:
            raise TryAgain(f"'{tool}' of '{self._name}' says: {cut(str(value), _LONGEST_ERROR)}")
        return value

    def close(self) -> None:
        """End the session, and the server if it was started here."""
        with self._lock:
            self._drop(self._open)
            if self._portal is not None:
                portal, self._portal = self._portal, None
                portal[1].call(portal[1].stop, True)
                portal[0].__exit__(None, None, None)
            self._log.close()

    def _asked(self, ask: "Callable[[ClientSession], Awaitable[T]]") -> T:
        """What `ask` returns. Raises _Broken if there is no answer, and closes the session then."""
        with self._lock:
            opened = self._session()
        portal: BlockingPortal = self._portal[1]
        try:
            answer: T = portal.call(_in_time, ask, opened.session, self._seconds)
        except _Said as error:
            raise CannotWork(f"'{self._name}' refuses the call: {cut(str(error), _LONGEST_ERROR)}") from error
        except _Broken:
            with self._lock:
                self._drop(opened)
            raise
        return answer

    def _session(self) -> "_Open":
        from anyio.from_thread import start_blocking_portal

        if self._portal is None:
            manager = start_blocking_portal()
            self._portal = (manager, manager.__enter__())
        if self._open is None:
            try:
                ended, (session, stop) = self._portal[1].start_task(self._serve)
            except Exception as error:
                raise _Broken(f"{_reason(error, self._starting)}{self._last_words()}") from error
            self._open = _Open(session, stop, ended)
        return self._open

    def _drop(self, opened: "_Open | None") -> None:
        if opened is None or self._open is not opened:
            return
        self._open = None
        with suppress(Exception):  # however a broken session ends, it has ended
            self._portal[1].call(opened.stop.set)
        with suppress(Exception):
            opened.ended.result(timeout=10)

    async def _serve(self, *, task_status: Any) -> None:
        """Hold one session open until it is told to stop."""
        import anyio
        from mcp import ClientSession

        stop = anyio.Event()
        async with self._streams() as (reading, writing), ClientSession(reading, writing) as session:
            with anyio.fail_after(self._starting):
                await session.initialize()
            task_status.started((session, stop))
            await stop.wait()

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[Any]:
        if isinstance(self._server, Program):
            from mcp import StdioServerParameters
            from mcp.client.stdio import stdio_client

            server = self._server
            shown = StdioServerParameters(
                command=server.command, args=[*server.args], env=dict(server.env), cwd=server.folder
            )
            with os.fdopen(os.dup(self._log.fileno()), "w") as errors:
                async with stdio_client(shown, errlog=errors) as streams:
                    yield streams
            return
        import httpx
        from mcp.client.streamable_http import streamable_http_client

        async with (
            httpx.AsyncClient(headers=dict(self._server.headers), timeout=self._seconds) as client,
            streamable_http_client(self._server.url, http_client=client) as (reading, writing, _),
        ):
            yield reading, writing

    def _last_words(self) -> str:
        """What a server that was started here wrote last before it ended, on one line."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _LONGEST_ERROR))
        lines = self._log.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"; it wrote: {said[-1][:_LONGEST_ERROR]}" if said else ""


@dataclass(frozen=True)
class _Open:
    """A session, how to end it, and whether it has ended."""

    session: Any
    stop: Any
    ended: Any


class _Broken(Exception):
    """There was no answer."""


class _Said(Exception):
    """The answer is a refusal."""


async def _in_time(ask: "Callable[[ClientSession], Awaitable[T]]", session: "ClientSession", seconds: float) -> T:
    import anyio
    from mcp import McpError
    from mcp.types import CONNECTION_CLOSED

    try:
        with anyio.fail_after(seconds):
            return await ask(session)
    except McpError as error:
        if error.error.code == CONNECTION_CLOSED:
            raise _Broken("the connection was closed") from error
        raise _Said(error.error.message) from error
    except RuntimeError as error:  # a result that is not as the tool's own output schema says
        raise _Said(str(error)) from error
    except ToolError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise _Broken(_reason(error, seconds)) from error


async def _listed(session: "ClientSession") -> Mapping[str, Announced]:
    from mcp.types import PaginatedRequestParams

    found: dict[str, Announced] = {}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        for one in page.tools:
            if one.name in found:
                raise CannotWork(f"the server offers two tools named '{one.name[:60]}'")
            found[one.name] = _announced(one)
        cursor = page.nextCursor
        if not cursor:
            return found
    raise CannotWork("the server's list of tools has no end")


def _announced(tool: "types.Tool") -> Announced:
    hints = tool.annotations.model_dump(exclude_none=True, exclude={"title"}) if tool.annotations else {}
    said = Announced(tool.name, tool.description or "", tool.inputSchema, tool.outputSchema, hints)
    return said if not said.too_long else Announced(tool.name, "(too long to be read)", {"hash": said.hash})


def _value(result: "types.CallToolResult") -> Any:
    """A result as JSON types: what is structured in it, else its texts; of pictures and files, that they are there."""
    if result.structuredContent is not None:
        text = str(result.structuredContent)
        return result.structuredContent if len(text) <= LONGEST_RESULT else cut(text)
    parts = [one.text if one.type == "text" else f"[{one.type}, not shown]" for one in result.content]
    return read_text(parts[0]) if len(parts) == 1 else cut("\n".join(parts))


def _reason(error: BaseException, seconds: float) -> str:
    """The cause, in a few words; of several that came together, a time that ran out goes before what broke by it."""
    while isinstance(error, BaseExceptionGroup):
        error = next((one for one in error.exceptions if isinstance(one, TimeoutError)), error.exceptions[0])
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} seconds"
    if isinstance(error, FileNotFoundError):
        return f"there is no program '{error.filename}'"
    return str(error)[:_LONGEST_ERROR] or type(error).__name__
