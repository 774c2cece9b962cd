"""The report of a run, made from its records and from nothing else."""

from crews.report.sections import Cell, Section
from crews.report.writer import write_report

__all__ = ["Cell", "Section", "write_report"]
