"""Settings say which systems are used; where they are and how to log in comes from the environment."""

import pytest

from runtime.settings import House, Settings, missing_environment

HOUSE = House(name="The Press", mail="desk@press.example")


def test_the_embedded_systems_need_nothing_from_the_environment() -> None:
    assert missing_environment(Settings(house=HOUSE), {}) == []


@pytest.mark.parametrize(
    ("chosen", "environ", "said"),
    [
        (
            Settings(house=HOUSE, mail="smtp"),
            {},
            "config/settings.yaml: 'mail: smtp' needs SMTP_URL in the environment; write it into .env",
        ),
        (
            Settings(house=HOUSE, calendar="caldav"),
            {"CALDAV_URL": "https://calendar.example", "CALDAV_PASSWORD": " "},
            (
                "config/settings.yaml: 'calendar: caldav' needs CALDAV_USERNAME and CALDAV_PASSWORD "
                "in the environment; write it into .env"
            ),
        ),
        (
            Settings(house=HOUSE, records="postgres"),
            {"RECORDS_URL": ""},
            "config/settings.yaml: 'records: postgres' needs RECORDS_URL in the environment; write it into .env",
        ),
    ],
)
def test_what_a_chosen_system_needs_and_does_not_find_is_named(
    chosen: Settings, environ: dict[str, str], said: str
) -> None:
    assert [str(one) for one in missing_environment(chosen, environ)] == [said]


def test_all_that_is_missing_is_told_at_once() -> None:
    chosen = Settings(house=HOUSE, calendar="caldav", mail="smtp", records="postgres")

    assert len(missing_environment(chosen, {})) == 3


def test_a_complete_environment_is_not_complained_about() -> None:
    assert missing_environment(Settings(house=HOUSE, mail="smtp"), {"SMTP_URL": "smtp://127.0.0.1:2525"}) == []
