"""Mail that came in: a folder of `.eml` files or a Maildir, read and never changed."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Protocol

from tools.service import Service, Site

_LARGEST = 2_000_000  # bytes; no answer to an invitation is larger


class Inbox(Protocol):
    """A place that mails come to."""

    def messages(self) -> list[EmailMessage]:
        """Every mail that is there, in the order of the files' names."""
        ...


class FolderInbox:
    """Mails in a folder. A Maildir keeps them in `new` and `cur`; else they are the folder's `.eml` files."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def messages(self) -> list[EmailMessage]:
        """Every mail in the folder, except what is too large to be an answer."""
        files = [path for path in self._files() if path.stat().st_size <= _LARGEST]
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]

    def _files(self) -> Iterator[Path]:
        if self._folder is None:
            return
        if (self._folder / "new").is_dir():
            for name in ("cur", "new"):
                yield from sorted(path for path in (self._folder / name).glob("*") if path.is_file())
        else:
            yield from sorted(self._folder.glob("*.eml"))


def _open(site: Site) -> Inbox:
    return FolderInbox(site.inputs.get("inbox"))


INBOX: Service[Inbox] = Service("inbox", _open)
