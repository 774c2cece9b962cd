"""From days that stand out to causes: days in a row are one episode, episodes side by side in one place one cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from tools.costs.baseline import RESOURCE, SERIES, Odd, odd_days
from tools.costs.rules import Alerts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GAP = timedelta(days=3)
"""A weekend between two days that stand out does not end an episode."""


@dataclass(frozen=True)
class Episode:
    """Days of one series that stand out, in a row. `resource` is set where only a resource shows it, not its series."""

    key: tuple[str, ...]
    days: tuple[Odd, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """Currency, account, service and region."""
        return self.key[: len(SERIES)]

    @property
    def first(self) -> date:
        """The first day that stands out."""
        return self.days[0].day

    @property
    def last(self) -> date:
        """The last day that stands out."""
        return self.days[-1].day

    @property
    def excess(self) -> float:
        """What the days cost over their baselines, together."""
        return sum(one.excess for one in self.days)


def find_episodes(connection: "DuckDBPyConnection", alerts: Alerts) -> list[list[Episode]]:
    """The causes, each as its episodes, the costliest first in each; by first day.

    A resource counts by itself only if its series did not see it, and does cost that much more: where one machine takes
    another's place, nothing is wrong.
    """
    whole = _in_rows(odd_days(connection, SERIES, alerts.at_least, alerts.at_least_percent))
    single = _in_rows(odd_days(connection, RESOURCE, alerts.at_least, alerts.at_least_percent))
    unseen = [one for one in single if not any(_overlap(one, other) for other in whole)]
    loose = odd_days(connection, SERIES, dict.fromkeys(alerts.at_least, 0.01), 0, scatters=3) if unseen else []
    excess = {(one.key, one.day): one.excess for one in loose}
    borne_out = [one for one in unseen if _borne_out(one, excess)]
    return _together([*whole, *borne_out])


def _in_rows(odd: Sequence[Odd]) -> list[Episode]:
    found = []
    for key, group in groupby(odd, key=lambda one: one.key):
        row: list[Odd] = []
        for one in group:
            if row and one.day - row[-1].day > GAP + timedelta(days=1):
                found.append(Episode(key, tuple(row)))
                row = []
            row.append(one)
        found.append(Episode(key, tuple(row)))
    return found


def _overlap(single: Episode, whole: Episode) -> bool:
    day = timedelta(days=1)
    return single.series == whole.key and single.first <= whole.last + day and whole.first <= single.last + day


def _borne_out(single: Episode, series_excess: dict[tuple[tuple[str, ...], date], float]) -> bool:
    """Whether on most days the whole series costs more too, by at least half of what the resource does."""
    seen = [series_excess.get((single.series, one.day), 0) >= one.excess / 2 for one in single.days]
    return sum(seen) * 2 > len(seen)


def _together(episodes: Iterable[Episode]) -> list[list[Episode]]:
    """Episodes of one account and region that began and ended within a day of each other, together."""

    def place(one: Episode) -> tuple[str, str, str]:
        currency, account, _, region = one.series
        return currency, account, region

    causes: list[list[Episode]] = []
    ordered = sorted(episodes, key=lambda one: (place(one), one.first, one.key))
    for before, one in pairwise([None, *ordered]):
        assert one is not None
        if before is not None and place(before) == place(one) and _side_by_side(before, one):
            causes[-1].append(one)
        else:
            causes.append([one])
    by_cost = [sorted(one, key=lambda episode: (-episode.excess, episode.key)) for one in causes]
    return sorted(by_cost, key=lambda one: (min(episode.first for episode in one), one[0].key))


def _side_by_side(one: Episode, other: Episode) -> bool:
    day = timedelta(days=1)
    return abs(one.first - other.first) <= day and abs(one.last - other.last) <= day
