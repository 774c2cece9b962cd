"""What a local forge looks like to a person: one page of text for each pull request."""

from pathlib import Path

from tools.backends.forge import Check, Comment, PullRequest, Review


def write_page(
    folder: Path, request: PullRequest, checks: list[Check], reviews: list[Review], comments: list[Comment]
) -> None:
    """Write the page of one pull request below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = f" · {', '.join(request.labels)}" if request.labels else ""
    lines = [
        f"{request.id}  {request.title}",
        f"{request.state} · {request.branch} -> {request.base_branch} · opened by {request.author}{labels}",
        f"at {request.head}" + (f", merged as {request.merged}" if request.merged else ""),
        *(["", request.body] if request.body else []),
        *_part("Reviews", [f"{one.by} {one.verdict} {one.head[:12]}" for one in reviews]),
        *_part("Checks", [f"{one.name} {one.conclusion}, attempt {one.attempt}, {one.tier}" for one in checks]),
        *(line for one in comments for line in _part(f"{one.by} says", one.text.splitlines())),
    ]
    (folder / f"{request.number:03d}-{request.state}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _part(title: str, lines: list[str]) -> list[str]:
    return ["", f"-- {title} --", *lines] if lines else []
