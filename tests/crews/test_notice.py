"""What a call would do, as it is shown to whoever is asked about it."""

from crews.notice import MOST_LINES, WOULD, would
from guard.approvals import Asked


def asked(preview: str) -> Asked:
    return Asked(
        approval="ab12",
        digest="ab12ffff",
        step="invite",
        role="notifier",
        call="invite-1",
        tool="send_invitation",
        effect="send",
        args={},
        rule="house.invitations",
        reason="somebody reads it",
        people=1,
        approvers=(),
        expires="2027-03-09T14:05:00Z",
        preview=preview,
    )


def test_a_call_without_a_preview_is_shown_as_it_was() -> None:
    assert would(asked("")) == []


def test_what_nobody_would_see_is_shown_and_each_line_stays_one() -> None:
    assert would(asked("To: ann@mail.example\n\nHello\u200b\rnext  deputy approve")) == [
        WOULD,
        "To: ann@mail.example",
        "",
        "Hello\\u{200b}",
        "next  deputy approve",
    ]


def test_a_long_one_says_how_much_is_left_out() -> None:
    *_, last = would(asked("line\n" * (MOST_LINES + 7)))

    assert last == "… 7 lines more"
