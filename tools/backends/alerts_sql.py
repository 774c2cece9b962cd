"""The outbox of alerts: one row per cause and recipient, kept over all runs, so that nobody hears of a cause twice.

intended   it is about to leave, or the program was cut off while it left: nobody can know
sent       it left
"""

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, insert, select, update

from runtime.authorities import REMEDY, shared
from runtime.clock import Clock, stamp
from runtime.database import make_tables, read, write
from runtime.errors import ConfigError, TryAgain
from tools.backends.alerts import State

_METADATA = MetaData()
_ALERT = Table(
    "alert",
    _METADATA,
    Column("cause", String(64), primary_key=True),
    Column("recipient", String(255), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", String(32), nullable=False),
)


class AlertOutbox:
    """Who was told of which cause; and the chat rooms that `urls` lead to, in Apprise's notation (appriseit.com)."""

    def __init__(self, engine: Engine, clock: Clock, urls: str = "") -> None:
        self._engine = engine
        self._clock = clock
        self._urls = urls.split()
        make_tables(engine, _METADATA)

    def state(self, cause: str, recipient: str) -> State | None:
        """What is known of this alert; None if it was never tried."""
        row = select(_ALERT.c.state).where(_ALERT.c.cause == cause, _ALERT.c.recipient == recipient)
        with read(self._engine) as connection:
            found = connection.execute(row).scalar()
        return "sent" if found == "sent" else "intended" if found else None

    def heard(self, cause: str) -> set[str]:
        """Everybody who was told of the cause, or may have been."""
        with read(self._engine) as connection:
            return set(connection.execute(select(_ALERT.c.recipient).where(_ALERT.c.cause == cause)).scalars())

    def intend(self, cause: str, recipient: str, text: str) -> None:
        """Keep that the alert is about to leave."""
        row = {"cause": cause, "recipient": recipient, "state": "intended", "text": text}
        with write(self._engine) as connection:
            connection.execute(insert(_ALERT).values(**row, at=stamp(self._clock.now())))

    def settle(self, cause: str, recipient: str, *, sent: bool) -> None:
        """Keep that it left, or forget that it was to: it may be tried again."""
        one = (_ALERT.c.cause == cause) & (_ALERT.c.recipient == recipient)
        change = update(_ALERT).where(one).values(state="sent") if sent else _ALERT.delete().where(one)
        with write(self._engine) as connection:
            connection.execute(change)

    def all(self) -> list[tuple[str, str, str]]:
        """Cause, recipient and state of each, sorted."""
        with read(self._engine) as connection:
            rows = connection.execute(select(_ALERT.c.cause, _ALERT.c.recipient, _ALERT.c.state)).all()
        return sorted((str(cause), str(to), str(state)) for cause, to, state in rows)

    def chat(self, title: str, text: str) -> None:
        """Say it in every room. Raises ConfigError without one, TryAgain if a room did not take it."""
        if not self._urls:
            raise ConfigError(
                "no chat room is configured", remedy="set APPRISE_URL in .env, or take 'chat' out of also_to"
            )
        from apprise import Apprise

        shared()
        rooms = Apprise()
        if not rooms.add(self._urls):
            raise ConfigError("APPRISE_URL is no address that Apprise knows", remedy="see appriseit.com for its form")
        if not rooms.notify(title=title, body=text):
            raise TryAgain("a chat room did not take the alert", remedy=f"look whether it is there; {REMEDY}")

    @property
    def has_chat(self) -> bool:
        """Whether there is a room to say something in."""
        return bool(self._urls)
