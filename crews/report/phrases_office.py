"""The words for meetings, orders, reports, research and customers: counted, and as one sentence each."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

COUNTED = {
    "book_meeting": ("meeting booked", "meetings booked"),
    "move_meeting": ("meeting moved", "meetings moved"),
    "cancel_meeting": ("meeting cancelled", "meetings cancelled"),
    "replace_attendee": ("attendee replaced", "attendees replaced"),
    "book_focus": ("block of time kept", "blocks of time kept"),
    "send_meeting": ("mail about a meeting sent", "mails about meetings sent"),
    "remind": ("reminder sent", "reminders sent"),
    "place_order": ("order placed", "orders placed"),
    "cancel_order": ("order cancelled", "orders cancelled"),
    "mail_order": ("supplier told", "suppliers told"),
    "order_lunch": ("lunch ordered", "lunches ordered"),
    "write_report": ("report written", "reports written"),
    "send_report": ("report sent", "reports sent"),
    "write_brief": ("brief written", "briefs written"),
    "discard_brief": ("brief discarded", "briefs discarded"),
    "update_account": ("field of a customer changed", "fields of customers changed"),
    "remember": ("fact remembered", "facts remembered"),
    "run_python": ("program run", "programs run"),
}


def _of(it: Facts, *names: str) -> str:
    """The first of these facts that there is."""
    return next((str(it[name]) for name in names if it.get(name)), "?")


TOLD: dict[str, Callable[[Facts], str]] = {
    "book_meeting": lambda it: f"'{_of(it, 'title')}' booked for {_of(it, 'when', 'start')}",
    "move_meeting": lambda it: f"'{_of(it, 'title', 'meeting')}' moved to {_of(it, 'when', 'start')}",
    "cancel_meeting": lambda it: f"'{_of(it, 'title', 'meeting')}' cancelled",
    "replace_attendee": lambda it: f"{_of(it, 'comes')} takes part in place of {_of(it, 'leaves')}",
    "book_focus": lambda it: f"'{_of(it, 'title')}' kept: {_of(it, 'when', 'start')}",
    "send_meeting": lambda it: f"mail about the meeting to {_of(it, 'to')}",
    "remind": lambda it: f"{_of(it, 'to')} reminded",
    "place_order": lambda it: f"{_of(it, 'quantity')} of {_of(it, 'item')} ordered, charged to '{_of(it, 'budget')}'",
    "cancel_order": lambda it: f"order {_of(it, 'order')} cancelled",
    "mail_order": lambda it: f"supplier told of order {_of(it, 'order')}",
    "order_lunch": lambda it: f"lunch for {_of(it, 'team')} from {_of(it, 'vendor')} on {_of(it, 'day')}",
    "write_report": lambda it: f"report of {_of(it, 'week')} written",
    "send_report": lambda it: f"report of {_of(it, 'week')} sent to {_of(it, 'to')}",
    "write_brief": lambda it: f"brief on '{_of(it, 'question', 'title', 'brief')}' written",
    "discard_brief": lambda it: f"brief {_of(it, 'brief')} discarded",
    "update_account": lambda it: f"{_of(it, 'field')} of {_of(it, 'account')} is {_of(it, 'value')}",
    "remember": lambda it: f"a fact about {_of(it, 'about')} remembered",
    "run_python": lambda it: f"a program run in the sandbox ({_of(it, 'tier')})",
}
