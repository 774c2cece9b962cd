"""What a hand needs, loaded once: each new one is forked from a process that has it already."""

from runtime.quiet import quiet

quiet()

import crewai  # noqa: E402, F401

import crews.builder  # noqa: E402
import crews.planner  # noqa: E402
import crews.report  # noqa: E402
import crews.segment  # noqa: E402, F401
from crews.catalogue import find_tools  # noqa: E402

find_tools()
