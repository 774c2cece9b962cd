"""Many small runs: each plans one step, and mails one person once. A real mail server counts what it was sent.

    with Posting(folder, asked=True) as post, environment(post.environ):
        runs = post.start(20)               # queued; each waits for a person when a worker has come to it
        ...
        assert post.received() == post.wanted(20)

All of them meet one world, so they write to the same files, too.
"""

import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from crews.queueing import enqueue
from crews.wish import Wish
from runtime.clock import SystemClock
from runtime.database import open_database
from testkit import postscene
from testkit.crashplay import environment
from testkit.postgres import Postgres
from testkit.postscene import WEEK
from testkit.projects import make_project
from testkit.smtp import SmtpServer
from tools.backends.reports import Report
from tools.backends.reports_sql import ReportShelf

SCENARIO = """
title: Post
goal: Send the report.
crew: post
playbook: testkit.postscene
inputs: {report: {about: who gets it}}
"""
REPORT = """
title: Weekly report
zone: UTC
recipients: [%s]
sources: [{name: Orders, unit: orders, file: orders.csv}]
"""
FILES = {
    "settings": "house: {name: The House, mail: desk@house.example}\n"
    "assistant_world: null\ncalendar: embedded\nmail: smtp\nrecords: sqlite\n",
    "agents": "manager: {role: Manager, goal: Plan., backstory: You plan.}\n"
    "clerk: {role: Clerk, goal: Send mails., backstory: You send mails., tools: [send_report]}\n",
    "tasks": 'post: {description: "{goal}", expected_output: A line., role: clerk, tools: {send_report: 1}}\n',
    "crews": "post: {process: planned, manager: manager, agents: [clerk], tasks: [post]}\n",
    "schedules": "{}\n",
    "limits": "{}\n",
    "policy-tests": "cases: []\n",
}
BUDGET = "budget: {model_calls: 30, tool_calls: 10, usd: 1, minutes: 60}\n"
ASKS = BUDGET + "rules: [{id: post.asked, tools: [send_report], verdict: ask, reason: a person looks first}]\n"


class Posting:
    """A project, its mail server, and what its processes find in their environment. Closed at the end of `with`."""

    def __init__(self, folder: Path, *, asked: bool = False, database: Postgres | None = None) -> None:
        """With `asked`, a person is asked before each mail."""
        self.project = make_project(folder / "project", policies=ASKS if asked else BUDGET, **FILES)
        scenario = self.project / "scenarios" / "post"
        scenario.mkdir(parents=True)
        (scenario / "scenario.yaml").write_text(SCENARIO)
        (self.project / "testkit").mkdir()  # a scenario's module is looked for in its project
        shutil.copy(postscene.__file__, self.project / "testkit")
        self._reports = folder / "reports"
        self._reports.mkdir()
        self._server = SmtpServer()
        self._opened = ExitStack()
        self._database = database
        self.environ = {"DEPUTY_HOME": str(self.project / "var"), "MODEL": "playbook"}

    def __enter__(self) -> "Posting":
        self._opened.enter_context(self._server)
        self.environ["SMTP_URL"] = self._server.url
        if self._database:
            self.environ["DATABASE_URL"] = self._database.database()
        world = self.project / "var" / "worlds" / "post"
        world.mkdir(parents=True)
        keep_report(world)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    def start(self, runs: int) -> list[str]:
        """Queue so many runs, each for a reader of its own; their ids."""
        with environment(self.environ):
            return [self.begin(number) for number in range(runs)]

    def begin(self, number: int) -> str:
        """Queue one run, in this process's environment; its id."""
        return enqueue(self.project, self.wish(number)).run

    def wish(self, number: int) -> Wish:
        """What is asked of one run."""
        file = self._reports / f"{number}.yaml"
        file.write_text(REPORT % reader(number))
        goal = f"Send the report of {WEEK} to {reader(number)}."
        return Wish(goal, "post", inputs={"report": file}, world="post", model="playbook", principal="user:post")

    def received(self) -> Counter[str]:
        """How many mails the server took, by recipient."""
        return Counter(str(one["To"]).partition("<")[2].rstrip(">") or str(one["To"]) for one in self._server.received)

    def wanted(self, runs: Iterable[int]) -> Counter[str]:
        """One mail for each of these runs."""
        return Counter(reader(number) for number in runs)


def keep_report(world: Path) -> None:
    """Make the report that is to be sent."""
    engine = open_database(f"sqlite:///{world / 'reports.sqlite'}")
    ReportShelf(engine, SystemClock()).keep(Report(WEEK, "# Orders\n\n12\n", "<h1>Orders</h1>", ""))
    engine.dispose()


def reader(number: int) -> str:
    """Who gets the mail of that run."""
    return f"reader-{number}@house.example"
