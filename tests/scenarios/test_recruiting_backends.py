"""The same scenario against real servers leaves the same world: Radicale, aiosmtpd and PostgreSQL."""

from pathlib import Path

import pytest

from testkit.postgres import Postgres
from testkit.radicale import radicale
from testkit.smtp import SmtpServer
from testkit.snapshot import mails, snapshot
from tests.scenarios.recruiting import POSITION, play, shipped, world_of
from tools.backends.agenda_caldav import CaldavAgenda
from tools.directory import Directory

SERVERS = """
assistant_world: recruiting
house: {name: Meridian Analytics, mail: recruiting@meridian.example}
calendar: caldav
mail: smtp
records: postgres
"""


def test_real_servers_and_embedded_backends_end_in_the_same_world(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = shipped(tmp_path / "embedded")
    play(embedded)

    served = shipped(tmp_path / "served")
    (served / "config" / "settings.yaml").write_text(SERVERS)
    files = served / "scenarios" / "recruiting" / "world"
    with radicale(tmp_path / "radicale", []) as calendars, SmtpServer() as post:
        environ = {
            "CALDAV_URL": calendars.url,
            "CALDAV_USERNAME": calendars.service,
            "CALDAV_PASSWORD": calendars.password,
            "SMTP_URL": post.url,
            "RECORDS_URL": postgres.database(),
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        zones = Directory.load(files / "people.yaml").zones
        agenda = CaldavAgenda(calendars.url, calendars.service, calendars.password, zones=zones)
        agenda.seed(files / "calendars")
        agenda.close()

        first = play(served)
        again = play(served)
        world = world_of(served, environ)
        left = snapshot(world, POSITION)
        received = mails(post.received)
        world.close()

    assert (first.outcome.exit_code, again.outcome.exit_code) == (0, 0)
    assert left == snapshot(world_of(embedded), POSITION)
    assert received == left["sent"]
    assert len(received) == 12
