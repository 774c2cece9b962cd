"""What kind of file a résumé is, by its first bytes rather than by its name."""

from typing import Literal

Kind = Literal["pdf", "docx", "json", "text", "picture", "other"]

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_TEXTS = (".txt", ".text", ".md")


def kind_of(name: str, head: bytes) -> Kind:
    """The kind of the file `name` that begins with `head`; a kilobyte is enough."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx" if name.lower().endswith((".docx", ".docm", ".dotx")) else "other"
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "picture"
    if head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        return "other"
    if name.lower().endswith(".json") or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return "json"
    return "text" if name.lower().endswith(_TEXTS) or _is_text(head) else "other"


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head or head.lstrip().startswith(b"<"):
        return False
    return sum(byte >= 32 or byte in b"\r\n\t\f" for byte in head) == len(head)
