"""Which errors pass by themselves: a system that is busy, restarts or cannot be reached.

Client libraries have error classes of their own, which are known by name here, so that none has to be loaded.
"""

from runtime.errors import ToolError, TryLater, Unanswered

_NAMED = frozenset(
    {
        "requests.ConnectionError",
        "requests.Timeout",
        "niquests.ConnectionError",
        "niquests.Timeout",
        "urllib3.HTTPError",
        "httpx.TransportError",
        "httpcore.NetworkError",
        "httpcore.TimeoutException",
        "sqlalchemy.OperationalError",
        "psycopg.OperationalError",
        "sqlite3.OperationalError",
        "botocore.EndpointConnectionError",
        "botocore.ConnectTimeoutError",
        "botocore.ReadTimeoutError",
        "smtplib.SMTPServerDisconnected",
        "smtplib.SMTPConnectError",
    }
)


def is_transient(error: BaseException) -> bool:
    """Whether the same call may work in a moment. A tool says so with TryLater or Unanswered alone."""
    if isinstance(error, ToolError):
        return isinstance(error, TryLater | Unanswered)
    return isinstance(error, ConnectionError | TimeoutError) or any(
        _name(kind) in _NAMED for kind in type(error).__mro__
    )


def _name(kind: type) -> str:
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
