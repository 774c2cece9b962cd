"""Keys in files, outside the database: the ledger's own, by number, and the one that signs checkpoints.

keys/ledger-<number>.key   32 bytes in hex, mode 0600; the highest number writes, all of them verify
keys/checkpoint.key        an Ed25519 key, mode 0600; signs checkpoints and exports
keys/checkpoint.pub        its public half in hex: give it to whoever is to check
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LEDGER = "ledger-{}.key"


class LedgerKeys:
    """The ledger's keys in a folder. The first is made at first use; another process's new key is seen at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._derived: dict[int, bytes] = {}
        numbers = (one.stem.removeprefix("ledger-") for one in folder.glob(_LEDGER.format("*")))
        self._newest = max((int(number) for number in numbers if number.isdigit()), default=0)

    def current(self) -> int:
        """The number of the key to write with."""
        while self._path(self._newest + 1).exists():
            self._newest += 1
        if self._newest == 0:
            made_once(self._path(1))
            self._newest = 1
        return self._newest

    def key(self, number: int) -> bytes | None:
        """The key of that number, or None if it is not there."""
        if number not in self._derived:
            path = self._path(number)
            if not path.exists():
                return None
            self._derived[number] = derived(number, _hex_in(path))
        return self._derived[number]

    def rotate(self) -> int:
        """Make the next key, with which everybody writes from now on; its number. To be called while nobody writes."""
        made_once(self._path(self.current() + 1))
        return self.current()

    def _path(self, number: int) -> Path:
        return self._folder / _LEDGER.format(number)


@dataclass(frozen=True)
class OneKey:
    """A single key, given as it is: number 1."""

    secret: bytes

    def current(self) -> int:
        """Always 1."""
        return 1

    def key(self, number: int) -> bytes | None:
        """The key, if it is asked for by its number."""
        return derived(1, self.secret) if number == 1 else None


@dataclass(frozen=True)
class Signer:
    """The private key that signs checkpoints and exports."""

    secret: bytes

    @classmethod
    def at(cls, folder: Path) -> "Signer":
        """The key in `folder`, made at first use, with its public half beside it."""
        signer = cls(_hex_in(made_once(folder / "checkpoint.key")))
        if not (folder / "checkpoint.pub").exists():
            write_once(folder / "checkpoint.pub", signer.public + "\n", mode=0o644)
        return signer

    @property
    def public(self) -> str:
        """The public half, in hex."""
        return self._key().public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        """The signature over `content`, in hex. The content begins with what it is, so that none passes for another."""
        return self._key().sign(content).hex()

    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.secret)


def signed_by(public: str, content: bytes, signature: str) -> bool:
    """Whether the signature over `content` was made by the key whose public half that is."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(path: Path) -> str:
    """The public key in a file. Raises ConfigError that says where it comes from."""
    try:
        key = _hex_in(path)
    except OSError as error:
        raise ConfigError(
            f"the public key '{path}' cannot be read: {error.strerror}",
            remedy="copy keys/checkpoint.pub from where the checkpoints are made, and name it with --public FILE",
        ) from error
    return key.hex()


def derived(number: int, secret: bytes) -> bytes:
    """The key that macs are made with: bound to its number and its length, so that no two files give the same."""
    return sha256(b"deputy/ledger-key/1:%d:%d:" % (number, len(secret)) + secret).digest()


def made_once(path: Path) -> Path:
    """A file with 32 random bytes in hex, readable by its owner only; the first process to make it decides."""
    if not path.exists():
        write_once(path, secrets.token_hex(32), mode=0o600)
    return path


def write_once(path: Path, text: str, *, mode: int) -> None:
    """Write a file whole and durable, unless there is one of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process made it first; its key is the key
        os.link(fresh, path)
    fresh.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _hex_in(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError as error:
        raise ConfigError(f"'{path}' is not a key (64 hex digits)", remedy="restore it from a copy") from error
    if len(key) != 32:
        raise ConfigError(f"'{path}' is not a key (64 hex digits)", remedy="restore it from a copy")
    return key
