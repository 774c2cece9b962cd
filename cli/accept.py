"""`deputy accept`: what the assistant proposed becomes a run, with the person's own words as its goal."""

import sys

import click

from cli.console import Console
from cli.layout import Line
from cli.proposals import proposed
from cli.run import the_crew
from cli.session import doors, principal, session, switches
from cli.watch import Watch


@click.command()
@click.argument("question")
@click.option("--dry-run", is_flag=True, help="Show the plan, and what it would do; the proposal counts as accepted.")
@switches
def accept(question: str, dry_run: bool) -> int:
    """Accept what the assistant proposed in the run QUESTION, once.

    A proposed run starts now, with your question as its goal: no word of the assistant, or of what it read, is in it.
    A question that is handed over is yours from now on.
    """
    from crews.proposal import accepted, wish_of

    now = session()
    project = now.project()
    run, proposal = accepted(project, question, by=principal())
    console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
    for line in (Line("goal", text=proposal.goal), *proposed(proposal)):
        console.say(line)
    if proposal.to == "person":
        for said in proposal.transcript:
            console.say(Line(said["who"], text=said["said"]))
        console.say(Line("accepted", text=f"by {principal()}, in run {run}"))
        return 0
    start, wish = doors().start or the_crew(), wish_of(proposal, principal())
    if dry_run:
        from cli.rehearsal import dry_run as shown

        return shown(now, wish, start)
    watch = Watch(now)
    return watch.through(lambda **hooks: start(project, wish, **hooks))
