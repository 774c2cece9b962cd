"""Who may come in: each caller has a name and a token of its own, from the environment.

DEPUTY_TOKENS=shop:9f3c… crm:1be7…
"""

import hmac
import re
from collections.abc import Mapping

from runtime.callers import VARIABLE, callers_in
from runtime.errors import ConfigError

SHORTEST = 20
"""Characters of a token that can be meant."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Callers:
    """The callers that are known, by their tokens. Raises ConfigError for tokens that cannot be meant."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        pairs = callers_in(environ)
        if not pairs:
            remedy = f"write {VARIABLE}=shop:TOKEN into .env; 'openssl rand -hex 20' makes one"
            raise ConfigError("nobody may come in: no caller has a token", remedy=remedy)
        for name, token in pairs:
            if not _NAME.fullmatch(name) or len(token) < SHORTEST:
                problem = (
                    f"{VARIABLE}: the entry of '{name[:40]}' is no name with a token of {SHORTEST} characters or more"
                )
                raise ConfigError(problem, remedy="write it like shop:9f3c0a…, with blanks between several")
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise ConfigError(f"{VARIABLE}: a name stands there twice", remedy="give each caller a name of its own")
        self._tokens = {name: token.encode() for name, token in pairs}

    def who(self, authorization: str) -> str | None:
        """The principal of whoever sends this `Authorization` header; None for nobody we know.

        Every token is compared, each in constant time, so that how long it takes tells nothing.
        """
        scheme, _, given = authorization.partition(" ")
        token = given.strip().encode()
        found = [name for name, known in self._tokens.items() if hmac.compare_digest(token, known)]
        return f"webhook:{found[0]}" if found and scheme.lower() == "bearer" else None
