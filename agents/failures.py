"""What a failed exchange means: every error of the client and of the network as a ModelError that says what to do.

no connection, time-out, 408, 409, 429, 5xx, not JSON      again
401, 403, 404, other 4xx, no quota, too long, a redirect   not again
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from agents.chat import ModelError

_TOO_LONG = (
    "context_length",
    "context length",
    "context window",
    "maximum context",
    "prompt is too long",
    "exceeds the configured limit",
)


@dataclass(frozen=True)
class Place:
    """Where a model is asked, as its errors name it. `secret` is never printed."""

    model: str
    id: str
    url: str
    timeout: float
    key: str | None = None
    secret: str | None = None

    def clean(self, text: str) -> str:
        """The server's words on one line, cut short, without the key."""
        if self.secret:
            text = text.replace(self.secret, "***")
        text = " ".join("".join(one if one.isprintable() else " " for one in text).split())
        return text if len(text) <= 300 else f"{text[:300]} ..."


@contextmanager
def as_model_errors(place: Place) -> Iterator[None]:
    """Turn whatever an exchange can raise into ModelError."""
    import httpx
    import openai

    try:
        yield
    except (
        openai.OpenAIError,
        httpx.HTTPError,
        httpx.InvalidURL,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise model_error(error, place) from error


def model_error(error: Exception, place: Place) -> ModelError:
    """The ModelError that `error` comes to."""
    import httpx
    import openai

    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return ModelError(
            f"no answer within {place.timeout:g} s",
            again=True,
            remedy=f"raise 'timeout' of '{place.model}' in config/models.yaml, or use a faster model",
        )
    if isinstance(error, openai.APIStatusError):
        says = _says(error.body) or error.response.text
        return _by_status(error.status_code, says, place, code=_code(error.body), headers=error.response.headers)
    if isinstance(error, openai.APIConnectionError | httpx.TransportError):
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
        return ModelError(
            f"{place.url} cannot be reached: {place.clean(str(cause)) or type(cause).__name__}",
            again=True,
            remedy=f"start the server at {place.url}, or correct its address in config/models.yaml or the environment",
        )
    inside = error.body if isinstance(error, openai.APIError) else error.args[0] if error.args else None
    if isinstance(inside, dict):  # an error that came with status 200, or in the middle of a stream
        return _by_status(_status(inside), _says(inside), place, code=_code(inside), headers={})
    return ModelError(
        f"the answer of {place.url} is not in the form of OpenAI's API: {place.clean(str(error))}",
        again=True,
        remedy=f"check that {place.url} is the base URL of an OpenAI-compatible API; most end in /v1",
    )


def _by_status(status: int, says: str, place: Place, *, code: str, headers: Any) -> ModelError:
    """What an HTTP status means. The server's own words come last, because they are long."""
    words = place.clean(says)
    host = urlsplit(place.url).hostname or place.url
    if any(mark in f"{code} {says}".lower() for mark in _TOO_LONG) or status == 413:
        return too_long(place, words)
    if status in (401, 403):
        return _no_entry(status, words, host, place)
    if status == 404:
        problem = f"{host} has no model '{place.id}' or no chat at {place.url} (404): {words}"
        pull = f"'ollama pull {place.id}', or " if "pull" in words else ""
        return ModelError(problem, again=False, remedy=f"{pull}correct 'id' or 'url' in config/models.yaml, or MODEL")
    if status == 429 and code == "insufficient_quota":
        return ModelError(f"the account at {host} is used up (429): {words}", again=False, remedy="add credit there")
    if status == 429:
        problem = f"{host} is asked too often (429): {words}"
        return ModelError(problem, again=True, after=_after(headers), remedy="wait, or add another model to the tier")
    if status in (408, 409) or status >= 500:
        return ModelError(f"{host} failed ({status}): {words}", again=True, after=_after(headers), remedy="try later")
    if 300 <= status < 400:
        to = place.clean(headers.get("location", "")) or "nowhere"
        problem = f"{place.url} sends us on to {to}, and prompts are not sent where no setting says"
        return ModelError(problem, again=False, remedy="write the final address into config/models.yaml")
    remedy = f"check '{place.model}' in config/models.yaml"
    return ModelError(f"{host} refuses the request ({status}): {words}", again=False, remedy=remedy)


def too_long(place: Place, words: str) -> ModelError:
    """The request does not fit into the model's window."""
    return ModelError(
        f"the request is longer than '{place.model}' can read: {words}",
        again=False,
        remedy="use a model with a larger window, or give the step less to read",
    )


def _no_entry(status: int, words: str, host: str, place: Place) -> ModelError:
    if place.key is None:
        remedy = (
            f"name the variable that holds the key as 'key' of the provider of '{place.model}' in config/models.yaml"
        )
    elif place.secret is None:
        remedy = f"set {place.key} in the environment or in .env"
    else:
        remedy = f"correct {place.key} in the environment or in .env"
    held = "without a key" if place.secret is None else f"with the key in {place.key}"
    verb = "does not let us in" if status == 401 else "does not allow this"
    return ModelError(f"{host} {verb} {held} ({status}): {words}", again=False, remedy=remedy)


def _after(headers: Any) -> float | None:
    """How long the server asks to wait, in seconds; a date is read against the server's own clock."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        text = headers.get("retry-after")
        if text is None or text.replace(".", "", 1).isdigit():
            return None if text is None else float(text)
        waits = parsedate_to_datetime(text) - parsedate_to_datetime(headers["date"])
        return max(0.0, waits.total_seconds())
    except (ValueError, LookupError, TypeError):
        return None


def _says(body: object) -> str:
    """The message in an error's body, in any of the forms that servers use."""
    if isinstance(body, dict):
        inner = body.get("error", body.get("detail", body.get("message", "")))
        return _says(inner) if isinstance(inner, dict) else str(inner)
    return ""


def _code(body: object) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return str(inner.get("code") or inner.get("type") or "") if isinstance(inner, dict) else ""


def _status(body: dict[str, Any]) -> int:
    code = body.get("code") or body.get("status")
    return code if isinstance(code, int) and 300 <= code < 600 else 500
