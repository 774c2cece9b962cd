"""How many runs may go on at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """How many runs may be carried on at once: of one tenant, of tenants by name, of crews by name."""

    per_tenant: int | None = None
    tenants: Mapping[str, int] = field(default_factory=dict)
    crews: Mapping[str, int] = field(default_factory=dict)

    def of_tenant(self, tenant: str) -> int | None:
        """The limit of a tenant; None is none."""
        return self.tenants.get(tenant, self.per_tenant)
