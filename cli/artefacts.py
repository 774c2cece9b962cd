"""`deputy artefacts`: the files that a run made."""

import sys
from pathlib import Path

import click

from cli.console import Console, print_json
from cli.session import session, switches


@click.command()
@click.argument("run", required=False)
@switches
def artefacts(run: str | None) -> None:
    """List the files in the folder of RUN (the newest run without one; the beginning of an id is enough).

    With --json, one object per file.
    """
    from cli.closing import shortest
    from crews.report.figures import many, size

    now = session()
    head = now.ledger_with_runs().find(run)
    folder = now.home().root / "runs" / head.run
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if now.as_json:
        for path in files:
            print_json({"run": head.run, "path": str(path), "bytes": path.stat().st_size})
        return
    console = Console(sys.stdout, color=now.color)
    sizes = [size(path.stat().st_size) for path in files]
    width = max(map(len, sizes), default=0)
    for path, text in zip(files, sizes, strict=True):
        console.row([(f"{text:>{width}}  ", "dim"), (str(path.relative_to(folder)), "")])
    where = shortest(folder, Path.cwd())
    if not now.quiet:
        told = f"{many(len(files), 'file')} in {where}" if files else f"run {head.run} made no files ({where})"
        console.row([(told, "dim")])
