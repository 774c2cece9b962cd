"""The report: made from receipts, safe to open, and the same in both forms."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from crews.catalogue import catalogue
from crews.report import Section, write_report
from crews.report.figures import clean, duration, many, money, one_line, size
from crews.report.markdown import escaped
from crews.report.phrases import counted, phrase
from crews.report.reading import read_run
from crews.report.sections import Chart
from runtime.records import Kind, Record
from testkit.story import Story, ledger_in

RANKING = Section(
    "Ranking",
    ("candidate", "score", "why"),
    (("cand-1f8e22ab", 91, "python 30 of 30\nsql 20 of 20"), ("cand-2c4410de", None, "no dates given")),
    "Every point quotes a line.",
)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> ![](http://collector.example/x.png) [a](http://b.example) "
    "`code` **bold** | # heading \x1b[31mred\x1b[0m \u202eexe.txt &lt;b&gt; http://collector.example "
    "www.collector.example"
)

Report = Callable[..., tuple[str, str]]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Writes the report of some records and returns its Markdown and its HTML."""
    folder = tmp_path / "run"
    folder.mkdir()

    def written(records: list[Record], *sections: Section, title: str = "Senior Data Engineer") -> tuple[str, str]:
        markdown, html = write_report(records, folder, title=title, sections=sections)
        return markdown.read_text(encoding="utf-8"), html.read_text(encoding="utf-8")

    return written


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    """A finished run without a language model."""
    return Story(ledger_in(tmp_path / "var"), "r1").play()


class Page(HTMLParser):
    """What a browser would find on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_both_forms_say_who_asked_what_and_who_answered(report: Report, records: list[Record]) -> None:
    markdown, html = report(records)

    for text in (markdown, Page(html).text):
        assert "Screen the applicants for Senior Data Engineer" in text
        assert "ana@meridian.example" in text
        assert "playbook, no language model" in text


def test_every_effect_stands_with_its_record_and_time(report: Report, records: list[Record]) -> None:
    markdown, html = report(records)

    page = Page(html).text
    effects = [one for one in records if one.kind == "tool.done" and one.body["effect"] != "read"]
    assert len(effects) == 35
    for record in effects:
        assert f"record {record.seq}, {record.at[11:19]}" in markdown
        assert f"{record.at[11:19]} #{record.seq}" in page


def test_what_a_role_claims_is_not_what_was_done(tmp_path: Path, report: Report) -> None:
    ledger = ledger_in(tmp_path / "var")
    ledger.append("r1", "run.started", {"goal": "Mail everybody", "mode": "model"})
    ledger.append("r1", "step.started", {"step": "mail", "role": "notifier", "task": "Mail everybody"})
    ledger.append("r1", "step.done", {"step": "mail", "role": "notifier", "output": "I mailed 40 people."})
    ledger.append("r1", "run.done", {"summary": "40 people were mailed"})

    markdown, html = report(ledger.records("r1"))

    assert "- **Outcome**: nothing was changed" in markdown
    assert "Nothing was changed." in markdown.partition("## What was done")[2]
    assert "In the role’s own words: I mailed 40 people." in Page(html).text
    assert "40 people were mailed" not in markdown


def test_what_waits_for_a_person_stands_first(report: Report, records: list[Record]) -> None:
    markdown, html = report(records, RANKING)

    assert "- [ ] read 'scan-0047.pdf' yourself: it is a scan without text" in markdown
    assert markdown.index("## Waits for a person") < markdown.index("## Ranking") < markdown.index("## Plan")
    assert html.index("Waits for a person") < html.index(">Ranking<") < html.index(">Plan<")


def test_refused_and_failed_calls_are_told_with_rule_and_reason(report: Report, records: list[Record]) -> None:
    markdown, _ = report(records)

    assert "**denied** in screen: send_invitation (interview: none, note: All candidates, to: hr-list@" in markdown
    assert "rule step.tools: step 'screen' may use 'read_resume', not 'send_invitation'" in markdown
    assert "**failed** in schedule: book_interview" in markdown


def test_with_a_model_each_role_has_its_calls_tokens_and_cost(tmp_path: Path, report: Report) -> None:
    markdown, html = report(Story(ledger_in(tmp_path / "var"), "r1", mode="model").play())

    assert re.search(r"\| researcher \| +14 \| +29,960 \| +2,618 \| +\$0\.0057 \| +31 \|", markdown)
    assert "In all: 23 model calls, 53,521 tokens, $0.0094." in markdown
    assert "all roles 23 49,220 4,301 $0.0094 57" in Page(html).text


def test_with_a_playbook_there_are_no_tokens(report: Report, records: list[Record]) -> None:
    markdown, html = report(records)

    assert "No language model was called: 23 answers came from the playbook. Cost: $0.00." in markdown
    assert "Tokens" not in Page(html).text


def test_a_section_becomes_a_table_with_numbers_at_the_right_and_unknown_said(
    report: Report, records: list[Record]
) -> None:
    markdown, html = report(records, RANKING, Section("Merges", ("first",), ()))

    assert "| cand-1f8e22ab |      91 | python 30 of 30; sql 20 of 20 |" in markdown
    assert "| cand-2c4410de | unknown | no dates given                |" in markdown
    assert RANKING.numeric == (False, True, False)
    assert "<p>python 30 of 30</p><p>sql 20 of 20</p>" in html
    assert "Merges None." in Page(html).text


def test_a_section_with_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="section 'Ranking': row 1 has 1 cells, not 2"):
        Section("Ranking", ("a", "b"), (("x",),))


def test_files_of_the_run_are_listed_with_sizes_and_links_that_stay_inside(
    tmp_path: Path, report: Report, records: list[Record]
) -> None:
    (tmp_path / "run" / "mail").mkdir()
    (tmp_path / "run" / "mail" / "001 ána&co.eml").write_text("x" * 2300)
    (tmp_path / "run" / "outside").symlink_to("/etc/hostname")
    (tmp_path / "run" / ".report.html.0a1b2c3d.new").write_text("as far as a killed process came")

    report(records)
    markdown, html = report(records)

    listed = markdown.partition("## Files")[2]
    assert "- mail/001 ána&co.eml (2.3 kB)" in listed
    assert "outside" not in listed
    assert "0a1b2c3d" not in listed
    assert "report.html" not in listed
    assert ("href", "mail/001%20%C3%A1na%26co.eml") in Page(html).attributes


def test_the_report_of_a_run_whose_steps_are_all_done_says_done(report: Report, records: list[Record]) -> None:
    assert records[-1].kind == "run.done"

    assert "- **State**: done" in report(records[:-1])[0]
    assert "- **State**: running" in report(records[:-2])[0]


def test_a_run_that_failed_at_once_has_a_report_too(tmp_path: Path, report: Report) -> None:
    ledger = ledger_in(tmp_path / "var")
    ledger.append("r1", "run.started", {"goal": "Anything", "mode": "model"})
    ledger.append("r1", "run.failed", {"error": "no model answered", "remedy": "start one", "exit_code": 1})

    markdown, html = report(ledger.records("r1"))

    assert "- **State**: failed: no model answered" in markdown
    assert "No plan was made." in markdown
    assert "no model answered Fix: start one" in Page(html).text


def test_the_same_records_give_the_same_report(report: Report, records: list[Record]) -> None:
    assert report(records, RANKING) == report(records, RANKING)


def test_the_page_asks_for_nothing_and_runs_nothing(report: Report, records: list[Record]) -> None:
    _, html = report(records, RANKING)

    page = Page(html)
    assert not {"script", "img", "iframe", "link", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert not re.search(r"https?:|//|url\(|@import", html.replace("<!doctype html>", ""))
    assert any(value and value.startswith("default-src 'none'") for name, value in page.attributes if name == "content")


def test_strangers_words_stay_words_on_the_page(tmp_path: Path, report: Report) -> None:
    _, html = report(_hostile(tmp_path), Section(HOSTILE, (HOSTILE,), ((HOSTILE,),), HOSTILE), title=HOSTILE)

    page = Page(html)
    assert not {"script", "img", "a"} & set(page.tags)
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert page.text.count("<script>alert(1)</script>") >= 10


def test_strangers_words_stay_words_in_markdown(tmp_path: Path, report: Report) -> None:
    markdown, _ = report(_hostile(tmp_path), Section(HOSTILE, (HOSTILE,), ((HOSTILE,),), HOSTILE), title=HOSTILE)

    page = Page(MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(markdown))
    assert not {"script", "img", "a", "code", "pre", "del"} & set(page.tags)
    assert page.tags.count("td") == 1 + 7  # the section, and the cost of one role
    assert page.tags.count("h1") == 1
    assert page.text.count("<script>alert(1)</script>") >= 10
    assert "\x1b" not in markdown


@pytest.mark.parametrize(
    "text", ["# h", "- item", "+ item", "1. one", "2) two", "> q", "---", "===", "| a | b |", "~~x~~"]
)
def test_text_at_the_beginning_of_a_line_makes_no_structure(text: str) -> None:
    page = Page(
        MarkdownIt("commonmark", {"html": True}).enable("table").render(f"above\n{escaped(text)}\n\n{escaped(text)}")
    )

    assert set(page.tags) == {"p"}
    assert page.words.count(text) == 1 or text in page.text


@pytest.mark.parametrize(
    ("tool", "args", "result", "text"),
    [
        ("send_invitation", {"to": "a@b.example"}, {"sent": True}, "invitation mailed to a@b.example"),
        ("move_stage", {"candidate": "cand-1", "stage": "shortlisted"}, {}, "cand-1 moved to 'shortlisted'"),
        ("book_interview", {"candidate": "c", "panel": ["x@y.example"], "start": "S"}, {}, "c with x@y.example: S"),
        ("page_team", {"to": "ops", "level": 3}, None, "page_team (to: ops, level: 3)"),
        ("page_team", {}, "text", "page_team"),
        (
            "record_candidate",
            {"file": "a.pdf"},
            {"candidate": "c", "total": 0, "known": 60, "of": 100},
            "c scored 0 of 100, 40 unknown (a.pdf)",
        ),
        ("record_candidate", {}, [], "? recorded without a score: ?"),
    ],
)
def test_an_effect_is_told_by_whom_and_what_it_touched(tool: str, args: dict[str, Any], result: Any, text: str) -> None:
    assert phrase(tool, args, result).text == text


def test_a_tool_without_words_of_its_own_is_counted_by_name() -> None:
    assert counted("page_team", 1) == "1 call of page_team"
    assert counted("send_invitation", 2) == "2 invitations sent"


def test_things_that_wait_are_found_wherever_a_result_says_so_and_told_once() -> None:
    result = {"not_ranked": [{"waits_for_person": "read it"}, {"waits_for_person": None}], "waits_for_person": ""}
    done: dict[str, Any] = {"step": "s", "role": "r", "tool": "t", "effect": "read", "args": {}, "result": result}
    records = [_record(1, "run.started", goal="g"), _record(2, "tool.done", **done), _record(3, "tool.done", **done)]

    assert read_run(records).waits == ("read it",)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (money(0), "$0.00"),
        (money(0.00003), "<$0.0001"),
        (money(0.0042), "$0.0042"),
        (money(0.31), "$0.31"),
        (money(1234.5), "$1,234.50"),
        (duration(-1), "0.0 s"),
        (duration(9.96), "10 s"),
        (duration(59.7), "1 min 00 s"),
        (duration(125), "2 min 05 s"),
        (duration(3725), "1 h 02 min"),
        (size(999), "999 B"),
        (size(3400), "3.4 kB"),
        (size(999_960), "1.0 MB"),
        (size(83_500_000_000), "83.5 GB"),
        (many(1, "reply", "replies"), "1 reply"),
        (many(1200, "reply", "replies"), "1,200 replies"),
        (one_line(" a\n b\tc "), "a b c"),
        (one_line("abcdef", 4), "abc…"),
        (clean("a\x1b]0;t\x07b\x1b[1;31mc\u2066d\ne"), "abcd\ne"),
    ],
)
def test_figures_are_written_as_people_read_them(shown: str, expected: str) -> None:
    assert shown == expected


def _hostile(folder: Path) -> list[Record]:
    """A run in which every text that can come from outside is hostile."""
    ledger = ledger_in(folder / "var")
    step = {"id": "screen", "role": HOSTILE, "task": HOSTILE, "expected": HOSTILE, "grants": [], "after": [HOSTILE]}
    call = {"step": "screen", "role": HOSTILE, "call": "screen-1", "tool": HOSTILE, "args": {HOSTILE: HOSTILE}}
    done = call | {"effect": "write", "result": {"waits_for_person": HOSTILE}, "ms": 1}
    ledger.append("r1", "run.started", {"goal": HOSTILE, "principal": HOSTILE, "mode": "model", "scenario": HOSTILE})
    ledger.append("r1", "plan.proposed", {"plan": {"steps": [step]}, "role": HOSTILE, "model": HOSTILE})
    ledger.append("r1", "plan.accepted", {"plan": "0", "by": HOSTILE, "reason": HOSTILE})
    ledger.append("r1", "step.started", {"step": "screen", "role": HOSTILE, "task": HOSTILE})
    ledger.append(
        "r1", "call.decided", call | {"effect": "write", "verdict": "deny", "rule": HOSTILE, "reason": HOSTILE}
    )
    ledger.append("r1", "tool.failed", call | {"effect": "write", "error": HOSTILE, "again": False})
    ledger.append("r1", "tool.done", done)
    ledger.append("r1", "tool.done", done | {"tool": "send_invitation", "args": {"to": HOSTILE}})
    ledger.append("r1", "step.done", {"step": "screen", "role": HOSTILE, "output": HOSTILE})
    ledger.append("r1", "run.failed", {"error": HOSTILE, "remedy": HOSTILE, "exit_code": 1})
    return ledger.records("r1")


def _record(seq: int, kind: Kind, **body: Any) -> Record:
    return Record("r1", seq, f"2026-11-22T12:45:0{seq}.000Z", kind, body, "mac")


def test_a_chart_is_a_file_and_an_image_in_which_nothing_can_run(tmp_path: Path, report: Report) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    chart = Chart("weeks", "Cost per week <b>", svg)

    markdown, html = report(_hostile(tmp_path), Section("Costs", ("a",), (), chart=chart))

    assert (tmp_path / "run" / "charts" / "weeks.svg").read_text() == svg
    assert "](charts/weeks.svg)" in markdown
    assert "alert(1)</script></svg>" not in html
    assert '<img src="data:image/svg+xml;base64,' in html
    assert 'alt="Cost per week &lt;b&gt;"' in html


def test_every_effect_of_the_house_is_counted_in_words_of_its_own() -> None:
    effects = [tool.name for tool in catalogue().values() if tool.effect != "read"]

    assert [name for name in effects if counted(name, 2) == f"2 calls of {name}"] == []
