"""GitHub's REST API over HTTP: one version of it, pages put together, limits waited for, refusals in GitHub's words.

    200 to 299   the answer
    404          KeyError
    405, 422     Refused: not as things are
    409          Moved: look again
    401, 403     ConfigError: the token, or what it may do
    403, 429     with a limit: waited for, as long as GitHub says and we care to
    5xx          asked again, if the request only reads

A write that GitHub answered with 5xx, or not at all, may have happened: it is not sent again here.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from runtime.authorities import REMEDY, distrusted
from runtime.errors import ConfigError, TryAgain, TryLater, Unanswered
from tools.backends.forge import Moved, Refused

VERSION = "2022-11-28"

_JSON = "application/vnd.github+json"
_PAGE = 100
_MOST_PAGES = 30
_TRIES = 4
_LONGEST_WAIT = 60.0  # seconds


@dataclass
class GitHubHttp:
    """One account's way to the API. `sleep` waits for a number of seconds."""

    base: str
    token: str = field(repr=False)
    timeout: float = 30
    sleep: Callable[[float], None] = time.sleep
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = {
            "Authorization": f"Bearer {self.token}",
            "Accept": _JSON,
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "deputy",
            **self.headers,
        }
        self._client = httpx.Client(base_url=self.base, headers=given, timeout=self.timeout, follow_redirects=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is there. KeyError if nothing is."""
        return _content(self._answered("GET", path, query, None))

    def every(self, path: str, inside: str = "", **query: Any) -> Iterator[Any]:
        """Each entry of a list, over all its pages; of an answer that holds the list as `inside`."""
        for page in range(1, _MOST_PAGES + 1):
            answer = self.get(path, **query, per_page=_PAGE, page=page)
            rows = answer[inside] if inside else answer
            yield from rows
            if len(rows) < _PAGE:
                return
        raise Refused(f"'{path}' has more than {_MOST_PAGES * _PAGE} entries; they are not all read")

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change something. Raises Moved or Refused as GitHub says it, Unanswered if it may have happened or not."""
        return _content(self._answered(method, path, {}, body))

    def _answered(
        self, method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any] | None
    ) -> httpx.Response:
        for left in range(_TRIES - 1, -1, -1):
            try:
                answer = self._client.request(method, path, params=query, json=body)
            except httpx.HTTPError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    problem = f"the certificate of GitHub at {self.base} cannot be trusted{distrusted(error)}"
                    raise ConfigError(problem, remedy=f"correct GITHUB_API_URL in .env; {REMEDY}") from error
                if method != "GET" or not left:
                    raise _in_doubt(method, path, type(error).__name__) from error
                self.sleep(1.0)
            else:
                wait = _wait(answer, method) if left else None
                if wait is None:
                    return _checked(answer, method, path)
                self.sleep(wait)
        raise AssertionError("the last try returns or raises")


def _wait(answer: httpx.Response, method: str) -> float | None:
    """For how long to wait before asking again; None to go by this answer."""
    if answer.status_code in (403, 429):
        return _limited(answer)
    return 1.0 if answer.status_code >= 500 and method == "GET" else None


def _limited(answer: httpx.Response) -> float | None:
    """How long the limit lasts, if it is one and lasts no longer than we wait. Nothing was done meanwhile."""
    after = answer.headers.get("retry-after", "")
    if after.isdigit():
        wait = float(after)
    elif answer.headers.get("x-ratelimit-remaining") == "0":
        wait = float(answer.headers.get("x-ratelimit-reset", "0")) - time.time()
    elif "secondary rate limit" in answer.text:
        wait = _LONGEST_WAIT
    else:
        return None
    return max(wait, 1.0) if wait <= _LONGEST_WAIT else None


def _checked(answer: httpx.Response, method: str, path: str) -> httpx.Response:
    if answer.is_success:
        return answer
    said = _said(answer)
    if answer.status_code == 404:
        raise KeyError(path)
    if answer.status_code == 409:
        raise Moved(said)
    if answer.status_code in (405, 422):
        raise Refused(said)
    if answer.status_code in (401, 403):
        if answer.status_code == 401:
            raise ConfigError(f"GitHub refuses the login: {said}", remedy="correct GITHUB_TOKEN in .env")
        if _limited(answer) is not None or answer.headers.get("x-ratelimit-remaining") == "0":
            raise TryAgain(f"GitHub's limit is reached: {said}", remedy="go on later")
        raise ConfigError(
            f"GitHub refuses {method} {path}: {said}", remedy="give GITHUB_TOKEN what docs/devops.md lists"
        )
    if answer.status_code >= 500:
        raise _in_doubt(method, path, str(answer.status_code))
    raise Refused(f"{answer.status_code}: {said}")


def _in_doubt(method: str, path: str, why: str) -> Unanswered:
    doubt = "" if method == "GET" else "; it may have happened"
    remedy = "see that GitHub can be reached, or correct GITHUB_API_URL in .env"
    return Unanswered(f"GitHub did not answer {method} {path} ({why}){doubt}", remedy=remedy)


def not_pushed(server: str, said: str) -> Exception:
    """What a push that failed means, by what git says of it."""
    if "stale info" in said:
        return Moved(said)
    if "cannot lock ref" in said or "failed to lock" in said:
        return TryLater(f"{server} is busy with that branch: {said.splitlines()[-1]}", remedy="try again later")
    if "Authentication failed" in said or "could not read Username" in said:
        return ConfigError(f"{server} refuses the login of a push", remedy="correct GITHUB_TOKEN in .env")
    if any(one in said for one in ("unable to access", "RPC failed", "hung up")):
        remedy = "see that it can be reached, or correct GITHUB_SERVER_URL in .env"
        return Unanswered(f"{server} does not take a push: {said.splitlines()[-1]}", remedy=remedy)
    return Refused(said)


def _said(answer: httpx.Response) -> str:
    """GitHub's own words: the message, and what it says of single fields."""
    try:
        body = answer.json()
    except json.JSONDecodeError:
        return answer.text[:200]
    if not isinstance(body, dict):
        return str(body)[:200]
    errors = [
        str(one.get("message") or " ".join(str(one[key]) for key in ("field", "code") if one.get(key)))
        if isinstance(one, dict)
        else str(one)
        for one in body.get("errors") or ()
    ]
    return ": ".join([str(body.get("message", "no reason given")), *(["; ".join(errors)] if errors else [])])


def _content(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None
