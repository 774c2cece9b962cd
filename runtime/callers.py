"""The callers that may start runs over HTTP, as the environment names them: `DEPUTY_TOKENS=shop:9f3c… crm:1be7…`."""

from collections.abc import Mapping

VARIABLE = "DEPUTY_TOKENS"


def callers_in(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The name and the token of each entry, as they stand there; either may be empty."""
    entries = (one.partition(":") for one in environ.get(VARIABLE, "").split())
    return [(name, token) for name, _, token in entries]
