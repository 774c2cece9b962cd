"""Every attack, by id."""

from collections.abc import Mapping

from scenarios.attacks import calls, meetings, notes, persuasion, recipients, records
from scenarios.attacks.attack import Attack

ATTACKS: Mapping[str, Attack] = {
    **recipients.ATTACKS,
    **notes.ATTACKS,
    **meetings.ATTACKS,
    **records.ATTACKS,
    **calls.ATTACKS,
    **persuasion.ATTACKS,
}
