"""The application: `POST /runs` begins a run once, `GET /runs/ID` says how it stands. Workers carry it on.

A request needs `Authorization: Bearer TOKEN`. With an `Idempotency-Key` it may be sent again, also at the same moment:
it is one run. Errors are JSON, with the problem and the way out.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crews.queueing import Queued, enqueue
from crews.segment import ledger_of
from runtime.errors import DeputyError, NoModel, UsageError
from runtime.records import RunHead
from server.asked import Asked
from server.callers import Callers

LARGEST = 64_000
"""Bytes of a body that are read."""

_KEY = 128


def app_of(project: Path, callers: Callers) -> Starlette:
    """The application for one project."""

    turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def begin(request: Request) -> Response:
        who = callers.who(request.headers.get("authorization", ""))
        if who is None:
            return _refused()
        asked, wrong = _asked(await _body(request))
        key = request.headers.get("idempotency-key", "").strip()
        if asked is None or len(key) > _KEY:
            return _told(422, wrong or f"an Idempotency-Key has at most {_KEY} characters", "correct the request")
        turn = turns.setdefault(f"{who} {key}", asyncio.Lock()) if key else asyncio.Lock()
        try:
            async with turn:  # of many at one moment one opens a run, and the others find it
                queued, head = await run_in_threadpool(_begun, project, asked, who, f"{who} {key}" if key else None)
        except DeputyError as error:
            return _told(422 if isinstance(error, UsageError | NoModel) else 500, error.problem, error.remedy)
        return JSONResponse(_shown(head) | {"new": queued.new}, 202 if queued.new else 200)

    async def standing(request: Request) -> Response:
        who = callers.who(request.headers.get("authorization", ""))
        if who is None:
            return _refused()
        head = await run_in_threadpool(_head, project, request.path_params["run"], who)
        if head is None:
            return _told(404, "there is no such run of yours", "give the id that POST /runs returned")
        return JSONResponse(_shown(head))

    async def alive(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    return Starlette(
        routes=[
            Route("/runs", begin, methods=["POST"]),
            Route("/runs/{run}", standing, methods=["GET"]),
            Route("/alive", alive, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes:
    """The body, up to one byte more than is read."""
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            break
    return found[: LARGEST + 1]


def _asked(body: bytes) -> tuple[Asked | None, str]:
    """What is asked, or what is wrong with it."""
    if len(body) > LARGEST:
        return None, f"the body is larger than {LARGEST:,} bytes"
    try:
        return Asked.model_validate(json.loads(body)), ""
    except ValidationError as error:
        found = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in error.errors()]
        return None, "; ".join(found)
    except ValueError:
        return None, "the body is no JSON"


def _begun(project: Path, asked: Asked, who: str, key: str | None) -> tuple[Queued, RunHead]:
    queued = enqueue(project, asked.wish(who), key=key, priority=asked.priority)
    with closing(ledger_of(project)) as ledger:
        head = ledger.find(queued.run)
    if not queued.new:
        asked.check_same(head.goal, head.scenario)
    return queued, head


def _head(project: Path, run: str, who: str) -> RunHead | None:
    """How a run stands that this caller began."""
    with closing(ledger_of(project)) as ledger:
        try:
            head = ledger.find(run)
        except UsageError:
            return None
        begun = ledger.first(head.run)
    return head if head.run == run and begun.body["principal"] == who else None


def _shown(head: RunHead) -> dict[str, Any]:
    names = ("run", "state", "scenario", "goal", "started", "updated")
    return {name: getattr(head, name) for name in names}


def _refused() -> Response:
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}
    return _told(401, "no caller has this token", "send 'Authorization: Bearer TOKEN'", headers)


def _told(status: int, problem: str, remedy: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"problem": problem, "remedy": remedy}, status, headers=headers)
