"""The DevOps demo on a stand-in for GitHub: the same repository and pull requests, and the people behind them.

open_demo(github, world)     the scenario's world folder, as it is, becomes one that works on GitHub
freshened(github.house)      who has an open pull request brings it up to date, and who approved it does so again
"""

import shutil
from pathlib import Path

from scenarios.devops.seed import checkout, load_requests
from testkit.github import REPOSITORY, GitHub
from testkit.github_house import MAIN, House, up_to_date
from tools.backends.forge_local import LocalForge
from tools.backends.git import Git


def open_demo(github: GitHub, world: Path) -> None:
    """Put the demo's repository and pull requests onto the server, and a checkout in the place of the patches."""
    requests, changes = world / "requests.yaml", world / "changes.yaml"
    source, house = Git(checkout(world, world / "repository", requests)), github.house
    wanted = load_requests(requests).requests
    target = str(house.git.path.resolve())
    source.run("push", "--quiet", target, f"refs/heads/{MAIN}:refs/seed/{MAIN}")
    house.git.move(f"refs/heads/{MAIN}", house.git.commit(f"refs/seed/{MAIN}"), "")
    for one in wanted:
        source.run("push", "--quiet", target, f"refs/heads/{one.branch}:refs/heads/{one.branch}")
        pull = house.open(one.branch, one.title, "", one.author)
        pull.reviews += [(who, "APPROVED", house.head(pull)) for who in one.approved_by]
        for said in one.comments:
            house.comment(pull.number, said.by, said.text)
    house.pushed((one.branch for one in wanted), waits=0)
    shutil.rmtree(world / "repository")
    source.path.rename(world / "repository")
    listed = changes.read_text(encoding="utf-8")
    changes.write_text(listed.replace("repository: orders", f"repository: {REPOSITORY}"), encoding="utf-8")


def freshened(house: House) -> None:
    """Everybody's open pull request contains main now, where nothing conflicts, and is approved as it was before."""
    for pull in [one for one in house.pulls.values() if one.state == "open"]:
        head = house.head(pull)
        if house.git.contains(head, house.tip(MAIN)) or house.git.merged_tree(house.tip(MAIN), head)[1]:
            continue
        house.update(pull, pull.author)
        house.pushed([pull.branch], waits=0)
        approved = {who for who, _, commit in pull.reviews if commit == head}
        pull.reviews += [(who, "APPROVED", house.head(pull)) for who in sorted(approved)]


def freshened_local(forge: LocalForge, repository: str) -> None:
    """The same on a local forge."""
    git = forge.git(repository)
    for one in forge.pull_requests(repository):
        if git.contains(one.head, one.base) or forge.conflicts(one):
            continue
        up_to_date(git, one.branch, one.head, one.base, one.author)
        new = forge.pull_request(repository, one.number)
        for who in sorted({said.by for said in forge.reviews(one) if said.head == one.head}):
            forge.acting(who).review(new, "approved")
