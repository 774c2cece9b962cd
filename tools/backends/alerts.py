"""Who was told of which cost: what the outbox of alerts must offer, and how it is opened."""

from typing import Literal, Protocol

from tools.service import Service, Site

State = Literal["intended", "sent"]


class Alerts(Protocol):
    """One row per cause and recipient, kept over all runs; and the chat rooms."""

    def state(self, cause: str, recipient: str) -> State | None:
        """What is known of this alert; None if it was never tried."""
        ...

    def heard(self, cause: str) -> set[str]:
        """Everybody who was told of the cause, or may have been."""
        ...

    def intend(self, cause: str, recipient: str, text: str) -> None:
        """Keep that the alert is about to leave."""
        ...

    def settle(self, cause: str, recipient: str, *, sent: bool) -> None:
        """Keep that it left, or forget that it was to: it may be tried again."""
        ...

    def all(self) -> list[tuple[str, str, str]]:
        """Cause, recipient and state of each, sorted."""
        ...

    def chat(self, title: str, text: str) -> None:
        """Say it in every room. Raises ConfigError without one, TryAgain if a room did not take it."""
        ...


def _open(site: Site) -> Alerts:
    from tools.backends.alerts_sql import AlertOutbox

    return AlertOutbox(site.database("alerts"), site.clock, site.environ.get("APPRISE_URL", ""))


ALERTS = Service("alerts", _open)
