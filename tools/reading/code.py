"""Source files as passages: forty lines at a time, a few of them twice, each marked with its first line's number."""

from runtime.passages import Passage

KINDS = (
    ".c", ".cc", ".cpp", ".cs", ".css", ".go", ".h", ".html", ".java", ".js", ".json", ".kt", ".md", ".php", ".py",
    ".rb", ".rs", ".scala", ".sh", ".sql", ".swift", ".toml", ".ts", ".tsx", ".yaml", ".yml",
)  # fmt: skip
NOT_READ = frozenset({".git", ".venv", "node_modules", "__pycache__", "dist", "build", "var"})
LINES, AGAIN = 40, 8
LARGEST = 400_000
"""Bytes of a source file; larger ones are left out, since nobody wrote them by hand."""


def code_of(name: str, content: bytes) -> list[Passage]:
    """The passages of a source file; none of one that is no text."""
    if b"\0" in content[:4096] or len(content) > LARGEST:
        return []
    lines = content.decode("utf-8", "replace").splitlines()
    starts = range(0, max(1, len(lines) - AGAIN), LINES - AGAIN)
    return [Passage(f"{name}:{at + 1}", _title(name), "\n".join(lines[at : at + LINES])) for at in starts]


def _title(name: str) -> str:
    return name.replace("/", " / ").replace("_", " ")
