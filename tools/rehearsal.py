"""What a mail would say: the tool that sends it is run as it is, in a world whose mailbox keeps the letter to itself.

For tools whose only effect is one mail or draft. What they read is read for real, so the letter is the one that would
leave now.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tools.backends.protocols import Mailbox
    from tools.world import World


def letter(run: Callable[..., Any], *, world: "World", **args: Any) -> str:
    """The mail that the call would send or draft, as people read it. Raises what the tool itself would raise."""
    tray = _Tray(world.mailbox)
    run(**args, world=replace(world, mailbox=tray))
    return "\n\n".join(map(_words, tray.kept)) or "It was written before; nothing would leave."


def _words(message: "EmailMessage") -> str:
    body = message.get_body(("plain",))
    files = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    heads = [f"{name}: {message[name]}" for name in ("To", "Cc", "Subject") if message[name]]
    return "\n".join([*heads, *(f"Attached: {one}" for one in files), "", body.get_content().strip() if body else ""])


class _Tray:
    """A mailbox that knows what has left, and lets nothing leave."""

    def __init__(self, real: "Mailbox") -> None:
        self._real = real
        self.kept: list[EmailMessage] = []

    def send(self, message: "EmailMessage") -> bool:
        if self._real.has_sent(str(message["Message-ID"])):
            return False
        self.kept.append(message)
        return True

    def draft(self, message: "EmailMessage") -> bool:
        self.kept.append(message)
        return True

    def has_sent(self, message_id: str) -> bool:
        return self._real.has_sent(message_id)

    def settle(self, message_id: str, *, left: bool) -> None:
        """Nothing is settled in a rehearsal."""

    def withdraw(self, message_id: str) -> bool:
        return False

    def sent(self, only: Collection[str] | None = None) -> "list[EmailMessage]":
        return self._real.sent(only)

    def sent_ids(self) -> set[str]:
        return self._real.sent_ids()

    def drafts(self, only: Collection[str] | None = None) -> "list[EmailMessage]":
        return self._real.drafts(only)

    def close(self) -> None:
        """It is the real one's to close."""
