"""Every attack, by id."""

from collections.abc import Mapping

from scenarios.attacks import (
    calls,
    crm,
    devops,
    finops,
    lunch,
    meetings,
    notes,
    persuasion,
    recipients,
    records,
    report,
    research,
    scheduling,
    stock,
)
from scenarios.attacks.attack import Attack

ATTACKS: Mapping[str, Attack] = {
    **recipients.ATTACKS,
    **notes.ATTACKS,
    **meetings.ATTACKS,
    **records.ATTACKS,
    **calls.ATTACKS,
    **persuasion.ATTACKS,
    **stock.ATTACKS,
    **lunch.ATTACKS,
    **report.ATTACKS,
    **research.ATTACKS,
    **crm.ATTACKS,
    **scheduling.ATTACKS,
    **finops.ATTACKS,
    **devops.ATTACKS,
}
