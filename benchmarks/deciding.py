"""What a decision costs: rules, labels, and a whole check of the stand-alone gate, in milliseconds of processor time.

python -m benchmarks.deciding
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import guard
from guard.labels import Origins
from guard.rules import Facts, Rule, judge
from tests.guard.worlds import a_tool

TIMES = 200


def measured(call: Callable[[int], object]) -> tuple[float, float]:
    """The least and the median milliseconds of one call."""
    took = []
    for number in range(TIMES):
        began = time.process_time()
        call(number)
        took.append((time.process_time() - began) * 1000)
    return min(took), median(took)


def rules() -> Callable[[int], object]:
    """A hundred rules that all look at the call."""
    given = {"verdict": "ask", "tools": ["mail"], "reason": "measured", "arguments": {"what": {"longer_than": 500}}}
    listed = [Rule.model_validate({**given, "id": f"rule.n{number}"}) for number in range(100)]
    tool = a_tool("mail", "send")
    facts = Facts({"run": 0, "day": 0, "tenant_day": 0}, datetime(2027, 3, 8, tzinfo=UTC))
    return lambda _: judge(listed, tool=tool, args={"what": "x"}, role="r", scenario="", facts=facts)


def labels() -> Callable[[int], object]:
    """Twenty addresses among a thousand that are trusted."""
    origins = Origins()
    origins.trust([f"person{number}@house.example" for number in range(1000)], "directory")
    asked = [f"person{number}@house.example" for number in range(20)]
    return lambda _: origins.label(asked)


def check(folder: Path) -> Callable[[int], object]:
    """One tool of twenty, with a thousand trusted values, content looked through, recorded in memory."""
    tools = "".join(
        f"  tool_{number}:\n    description: Do.\n    effect: send\n    targets: [to]\n    times: 1000\n"
        "    arguments: {to: {type: string}, body: {type: string, longest: 900}}\n"
        for number in range(20)
    )
    (folder / "tools.yaml").write_text(f"tools:\n{tools}", encoding="utf-8")
    people = [f"person{number}@house.example" for number in range(1000)]
    run = guard.open_run(
        principal="user:ana",
        goal="Write to people.",
        tools=[f"tool_{number}" for number in range(20)],
        declarations=folder / "tools.yaml",
        trusted=[(people, "directory")],
    )
    body = "Dear reader, it is paid. " * 8
    return lambda number: run.check(f"tool_{number % 20}", {"to": people[number % 1000], "body": body})


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "100 rules judged": measured(rules()),
            "20 items labelled among 1,000": measured(labels()),
            "check() with 20 tools, recorded": measured(check(Path(folder))),
        }
    print(f"{'':34}{'least ms':>10}{'median ms':>11}")
    for name, (least, middle) in rows.items():
        print(f"{name:34}{least:10.3f}{middle:11.3f}")


if __name__ == "__main__":
    main()
