"""The memory of a world: beside its other state, or in the records' database where that is PostgreSQL."""

from typing import TYPE_CHECKING

from tools.backends.embedding import embedder_of
from tools.service import Service, Site

if TYPE_CHECKING:
    from runtime.memory import Memory


def open_memory(site: Site) -> "Memory":
    """The memory that all runs in this world share."""
    from runtime.memory import Memory

    url = site.environ.get("RECORDS_URL") if site.settings.records == "postgres" else None
    return Memory(site.database("memory", url), site.tenant, embedder_of(site))


MEMORY: "Service[Memory]" = Service("memory", open_memory)
