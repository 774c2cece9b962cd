"""What scenarios load late and reports are made of, loaded once in the process that the kit's players are forked from.

Imported there and nowhere else: what is there by then is left out of garbage collection, for good.
"""

import gc

import duckdb  # noqa: F401
import icalendar  # noqa: F401
import recurring_ical_events  # noqa: F401

import crews.answers
import crews.queueing
import crews.workers.loaded  # noqa: F401
import testkit.crashplay  # noqa: F401
from crews.report.writer import _environment
from scenarios.finops.charts import _figure, _svg

for markdown in (True, False):
    _environment(markdown=markdown).get_template(f"report.{'md' if markdown else 'html'}.j2")
with _figure(1, 1.0) as (figure, _panels):
    _svg(figure)
gc.collect()
gc.freeze()
