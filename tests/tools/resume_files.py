"""Small résumés made in the test that reads them, and a world that holds them."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from runtime.clock import FixedClock
from runtime.database import open_database
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.ats_sql import SqlAts
from tools.backends.mail_maildir import MaildirMailbox
from tools.directory import Directory
from tools.world import World

TODAY = FixedClock(datetime(2027, 3, 8, 9, tzinfo=UTC))

JOB = """\
position: data-engineer
title: Data Engineer
house: {name: House, mail: jobs@house.example}
criteria:
- {id: python, text: Four years of Python, points: 20, must: true, terms: [python], years: 4}
- {id: sql, text: SQL, points: 10, terms: [sql, postgresql]}
interviews: {from: 2027-03-15, to: 2027-03-19, minutes: 60, shortlist: 2, panel: [{team: data, people: 1}]}
"""

ANN = """\
Ann Lee
Berlin, Germany | +49 30 23125 142 | Ann.Lee@mail.example

Experience
Data Engineer, Acme GmbH, Berlin
03/2021 - present
- Pipelines in Python.
- Reports in SQL.
Developer, Old Mill Ltd, Berlin
01/2019 - 02/2021
- Java services.
"""


def text_file(body: str) -> bytes:
    """A plain text résumé."""
    return body.encode()


def pdf_file(draw: Callable[[Any], None], *, password: str = "") -> bytes:
    """A PDF of one A4 page that `draw` writes on with reportlab's canvas; y counts from the bottom."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    lock = StandardEncryption(password, ownerPassword=password, strength=128) if password else None
    pen = Canvas(file, pagesize=(595, 842), encrypt=lock)
    draw(pen)
    pen.save()
    return file.getvalue()


def write(pen: Any, rows: list[str], *, x: float = 60, top: float = 780, size: float = 10, step: float = 14) -> None:
    """Write the rows one below the other."""
    pen.setFont("Helvetica", size)
    for number, row in enumerate(rows):
        pen.drawString(x, top - number * step, row)


def docx_file(make: Callable[[Any], None]) -> bytes:
    """A Word file that `make` fills with python-docx."""
    from docx import Document

    document, file = Document(), BytesIO()
    make(document)
    document.save(file)
    return file.getvalue()


def world_with(folder: Path, files: dict[str, bytes], job: str = JOB) -> World:
    """A world with real backends below `folder`, these résumés and this job."""
    resumes = folder / "resumes"
    resumes.mkdir(parents=True)
    for name, data in files.items():
        (resumes / name).write_bytes(data)
    (folder / "job.yaml").write_text(job, encoding="utf-8")
    engine = open_database(f"sqlite:///{folder / 'world.sqlite'}")
    return World(
        name="test",
        clock=TODAY,
        inputs={"resumes": resumes, "job": folder / "job.yaml"},
        folder=folder,
        directory=Directory(()),
        agenda=SqliteAgenda(engine, {}, TODAY),
        mailbox=MaildirMailbox(folder / "mail"),
        ats=SqlAts(engine, TODAY),
        house_name="House",
        house_mail="jobs@house.example",
    )
