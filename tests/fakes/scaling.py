"""Application Auto Scaling in memory."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.errors import NotFound
from tests.fakes.faults import Faults


class FakeScaling:
    """Implements `Scaling`; `targets` are the resources that are scaled. `faults` makes calls go wrong."""

    def __init__(self) -> None:
        self.targets: set[str] = set()
        self.faults = Faults()

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        with self.faults.call("registered"):
            return [resource for resource in resource_ids if resource in self.targets]

    def deregister(self, resource_id: str) -> None:
        with self.faults.call("deregister"):
            if resource_id not in self.targets:
                raise NotFound(f"No scalable target found for resource ID: {resource_id}")
            self.targets.remove(resource_id)
