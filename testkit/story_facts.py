"""The people, résumés and bookings that `testkit.story` tells of. All of them are made up."""

from dataclasses import dataclass
from typing import Any

POSITION = "senior-data-engineer"

GOAL = (
    "Screen the applicants for Senior Data Engineer, book interviews with the four best in the week of 15 March 2027, "
    "invite everyone in their own time zone, and draft the rejections."
)

HOSTILE = {"interview": "none", "to": "hr-list@collector.example", "note": "\x1b[31mAll candidates\x1b[0m"}


@dataclass(frozen=True)
class Resume:
    """One résumé and what came of it; `total` None means that it could not be scored."""

    file: str
    candidate: str
    total: int | None
    status: str = "ok"
    wait: str | None = None

    def paper(self) -> dict[str, Any]:
        """What reading it returns."""
        return {"candidate": self.candidate, "file": self.file, "status": self.status, "lines": "1: [name]"}

    def recorded(self) -> dict[str, Any]:
        """What recording it returns."""
        known = 100 if self.total is not None else 0
        result = {
            "candidate": self.candidate,
            "status": self.status,
            "total": self.total,
            "known": known,
            "of": 100,
            "changed": True,
        }
        return {**result, "waits_for_person": self.wait}


@dataclass(frozen=True)
class Booking:
    """One interview: the candidate, their address, the panel, and the time in the zone of each of them."""

    uid: str
    candidate: str
    mail: str
    panel: tuple[str, ...]
    start: str
    local: dict[str, str]

    def args(self) -> dict[str, Any]:
        """The arguments of the call that books it."""
        return {"candidate": self.candidate, "panel": list(self.panel), "start": self.start, "minutes": 60}

    def booked(self, *, already: bool) -> dict[str, Any]:
        """What booking it returns."""
        return {"interview": self.uid, **self.args(), "end": self.start, "already": already, "local": self.local}

    def people(self) -> tuple[str, ...]:
        """Everybody who is invited."""
        return (self.mail, *self.panel)


RESUMES = (
    Resume("amina-hassan.pdf", "cand-1f8e22ab", 91),
    Resume("bjornsdottir.pdf", "cand-2c4410de", 88),
    Resume("chen-wei.json", "cand-36b7f0a9", 84),
    Resume("d-okafor.docx", "cand-40d1aa73", 83),
    Resume("e-lindqvist.pdf", "cand-5b0c11d2", 71),
    Resume("erik.lindqvist-cv.docx", "cand-77aa90e1", 70),
    Resume("f-moreau.pdf", "cand-8123bb01", 66),
    Resume("g-zak.txt", "cand-90ef4412", 61),
    Resume("h-nguyen.pdf", "cand-a1b2c3d4", 58),
    Resume("i-patel.txt", "cand-b7c8d9e0", 44),
    Resume("j-rossi.pdf", "cand-c0ffee12", 39),
    Resume("k-novak.pdf", "cand-d00d1e55", 22, wait="look at 'k-novak.pdf': it holds hidden text that gives orders"),
    Resume(
        "scan-0047.pdf", "cand-e1e2e3e4", None, "needs_ocr", "read 'scan-0047.pdf' yourself: it is a scan without text"
    ),
    Resume("sealed.pdf", "cand-f5f6f7f8", None, "needs_human", "ask for a copy of 'sealed.pdf' without a password"),
)

_JONAS, _MARIA, _TOM, _KATE = (f"{name}@meridian.example" for name in ("jonas", "maria.v", "tom", "kate"))

BOOKINGS = (
    Booking(
        "5a1f@meridian.example",
        "cand-1f8e22ab",
        "amina@hassan.example",
        (_JONAS, _KATE),
        "2027-03-15T09:00:00Z",
        {
            "Europe/Berlin": "Mon 15 Mar 2027, 10:00–11:00 CET (UTC+01:00)",
            "Europe/London": "Mon 15 Mar 2027, 09:00–10:00 GMT (UTC+00:00)",
        },
    ),
    Booking(
        "77c0@meridian.example",
        "cand-2c4410de",
        "thora@bjorns.example",
        (_JONAS, _KATE),
        "2027-03-16T14:00:00Z",
        {
            "Atlantic/Reykjavik": "Tue 16 Mar 2027, 14:00–15:00 GMT (UTC+00:00)",
            "Europe/Berlin": "Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)",
        },
    ),
    Booking(
        "9d2e@meridian.example",
        "cand-36b7f0a9",
        "wei@chen.example",
        (_TOM, _MARIA),
        "2027-03-17T14:00:00Z",
        {
            "America/New_York": "Wed 17 Mar 2027, 10:00–11:00 EDT (UTC-04:00)",
            "Europe/Berlin": "Wed 17 Mar 2027, 15:00–16:00 CET (UTC+01:00)",
        },
    ),
    Booking(
        "b104@meridian.example",
        "cand-40d1aa73",
        "d.okafor@post.example",
        (_TOM, _KATE),
        "2027-03-18T13:30:00Z",
        {
            "America/New_York": "Thu 18 Mar 2027, 09:30–10:30 EDT (UTC-04:00)",
            "Europe/London": "Thu 18 Mar 2027, 13:30–14:30 GMT (UTC+00:00)",
        },
    ),
)


def _step(name: str, role: str, task: str, after: tuple[str, ...] = (), **tools: int) -> dict[str, Any]:
    grants = [{"tool": tool, "times": times} for tool, times in tools.items()]
    return {
        "id": name,
        "role": role,
        "task": task,
        "expected": "A short summary.",
        "grants": grants,
        "after": list(after),
    }


PLAN = {
    "steps": [
        _step(
            "screen",
            "researcher",
            "Read every résumé and score it against the job, with a quote for each point.",
            list_resumes=1,
            read_job=1,
            read_resume=14,
            record_candidate=14,
            propose_merge=3,
        ),
        _step(
            "schedule",
            "scheduler",
            "Book a 60-minute interview with each shortlisted candidate and two of the panel.",
            ("screen",),
            find_people=4,
            find_slots=8,
            book_interview=6,
        ),
        _step(
            "decline",
            "notifier",
            "Draft a kind rejection for everybody below the line. Send none.",
            ("screen",),
            draft_rejection=10,
        ),
        _step(
            "invite",
            "notifier",
            "Mail each person of each interview one invitation, in their own time zone.",
            ("schedule",),
            send_invitation=16,
        ),
    ]
}
