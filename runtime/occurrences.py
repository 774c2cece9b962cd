"""When a schedule comes round: cron expressions in a time zone, right over daylight saving time.

An hour that is skipped in spring: what falls into it happens at the moment the clocks have gone forward. An hour that
comes twice in autumn: what has a fixed hour happens once; what has `*` there, such as every ten minutes, goes on
through both.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from runtime.errors import ConfigError

_NEVER = "it never comes round"


def check_cron(cron: str) -> None:
    """Raise ConfigError for an expression that cannot be read, or whose day never comes."""
    try:
        next(CronSim(cron, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ConfigError(f"'{cron}' is no cron expression: {error}", remedy="minute hour day month weekday") from error
    except StopIteration as error:
        raise ConfigError(f"'{cron}': {_NEVER}", remedy="name a day that exists") from error


def occurrences(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """The moments after `after`, in UTC, for ever."""
    for at in CronSim(cron, after.astimezone(ZoneInfo(zone))):
        yield at.astimezone(UTC)
