"""list_resumes, read_resume and read_job: only the files that were handed in, read once and masked."""

from pathlib import Path

import pytest

from runtime.canonical import plain
from runtime.errors import CannotWork, TryAgain
from tests.tools.resume_files import ANN, JOB, text_file, world_with
from tools.documents import list_resumes, read_job, read_resume
from tools.resumes.job import Job
from tools.resumes.paper import Paper
from tools.tool import declared


def test_resumes_are_listed_by_name_with_kind_and_size(tmp_path: Path) -> None:
    world = world_with(tmp_path, {"b.txt": b"Bob", "a.json": b"{}", "c.doc": b"\xd0\xcf\x11\xe0", ".hidden": b"x"})

    assert [(one.file, one.kind, one.bytes) for one in list_resumes(world=world)] == [
        ("a.json", "json", 2),
        ("b.txt", "text", 3),
        ("c.doc", "other", 4),
    ]


def test_the_kind_is_told_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    world = world_with(tmp_path, {"cv.txt": b"%PDF-1.4 ...", "cv.pdf": b"\x89PNG\r\n"})

    assert {one.file: one.kind for one in list_resumes(world=world)} == {"cv.txt": "pdf", "cv.pdf": "picture"}


@pytest.mark.parametrize("file", ["../job.yaml", "link.txt", "folder", "/etc/hostname", ".hidden", ""])
def test_nothing_outside_of_the_folder_can_be_read(tmp_path: Path, file: str) -> None:
    world = world_with(tmp_path, {"ann.txt": text_file(ANN), ".hidden": b"x"})
    (tmp_path / "resumes" / "link.txt").symlink_to(tmp_path / "job.yaml")
    (tmp_path / "resumes" / "folder").mkdir()

    with pytest.raises(TryAgain, match="no résumé is named"):
        read_resume(file, world=world)
    assert [one.file for one in list_resumes(world=world)] == ["ann.txt"]


def test_a_name_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    world = world_with(tmp_path, {"ann_lee.txt": text_file(ANN)})

    with pytest.raises(TryAgain, match=r"did you mean 'ann_lee\.txt'"):
        read_resume("ann-lee.txt", world=world)


def test_a_resume_is_read_as_numbered_masked_lines_with_its_positions(tmp_path: Path) -> None:
    paper = read_resume("ann.txt", world=world_with(tmp_path, {"ann.txt": text_file(ANN)}))

    assert paper.lines.splitlines()[:4] == [
        "1: [name]",
        "2: [place] | [phone] | [mail]",
        "3: Experience",
        "4: Data Engineer, Acme GmbH, Berlin",
    ]
    assert [(one.title, one.employer, one.start, one.end, one.lines, one.years) for one in paper.work] == [
        ("Data Engineer", "Acme GmbH", "2021-03", "present", (4, 7), 6.1),
        ("Developer", "Old Mill Ltd", "2019-01", "2021-02", (8, 10), 2.2),
    ]
    assert paper.unknown == ("education", "skills")


def test_the_candidates_id_follows_from_the_content_alone(tmp_path: Path) -> None:
    world = world_with(tmp_path, {"ann.txt": text_file(ANN), "copy.txt": text_file(ANN), "x.txt": text_file(ANN + "-")})
    first, copy, other = (read_resume(name, world=world).candidate for name in ("ann.txt", "copy.txt", "x.txt"))

    assert first == copy != other
    assert first.startswith("cand-")
    assert len(first) == 13


def test_a_paper_can_be_read_back_from_what_a_model_is_shown(tmp_path: Path) -> None:
    paper = read_resume("ann.txt", world=world_with(tmp_path, {"ann.txt": text_file(ANN)}))

    assert Paper.model_validate(plain(paper)) == paper


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("empty.pdf", b"", "needs_human"),
        ("broken.pdf", b"%PDF-1.4 and then nothing", "needs_human"),
        ("broken.docx", b"PK\x03\x04 and then nothing", "needs_human"),
        ("broken.json", b'{"basics": {"name": ', "needs_human"),
        ("other.json", b'{"title": "shopping list"}', "needs_human"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "needs_ocr"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "needs_human"),
        ("blank.txt", b"\n \n", "needs_human"),
        ("endless.txt", b"a line\n" * 5000, "needs_human"),
    ],
)
def test_a_file_that_says_nothing_gets_a_status_and_never_an_empty_candidate(
    tmp_path: Path, name: str, data: bytes, status: str
) -> None:
    paper = read_resume(name, world=world_with(tmp_path, {name: data}))

    assert (paper.status, paper.lines, paper.work, paper.unknown) == (status, "", (), ())
    assert paper.why


def test_the_job_is_read_with_its_days_and_its_criteria(tmp_path: Path) -> None:
    job = read_job(world=world_with(tmp_path, {}))

    assert [criterion.id for criterion in job.criteria] == ["python", "sql"]
    assert plain(job)["interviews"]["from"] == "2027-03-15"
    assert Job.model_validate(plain(job)) == job


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("points: 20", "points: many", "job.yaml:5:52: 'points' must be a whole number"),
        ("position: data-engineer", "positon: data-engineer", "job.yaml:1:1: unknown key 'positon'"),
        ("title: Data Engineer", "title: Data Engineer\ntitle: Cook", "job.yaml:3:1: the key 'title' is given twice"),
        ("id: sql", "id: python", "two criteria have the id 'python'"),
        ("to: 2027-03-19", "to: 2027-03-01", "'to' is before 'from'"),
    ],
)
def test_a_broken_job_is_refused_by_file_and_key(tmp_path: Path, before: str, after: str, says: str) -> None:
    world = world_with(tmp_path, {}, JOB.replace(before, after))

    with pytest.raises(CannotWork, match="the job file cannot be used") as refused:
        read_job(world=world)
    assert says in str(refused.value)


def test_without_inputs_a_person_is_told_what_is_missing(tmp_path: Path) -> None:
    world = world_with(tmp_path, {})
    (tmp_path / "resumes").rmdir()

    with pytest.raises(CannotWork, match="the folder 'resumes' is not there"):
        list_resumes(world=world)


def test_the_job_may_name_targets_and_what_applicants_wrote_may_not() -> None:
    tools = {one.name: one for one in declared()}

    assert tools["read_job"].trusted == ("*",)
    assert (tools["read_resume"].trusted, tools["list_resumes"].trusted) == ((), ())
    assert {tools[name].effect for name in ("read_job", "read_resume", "list_resumes")} == {"read"}
