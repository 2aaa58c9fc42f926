"""Application Auto Scaling in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import NotFound
from tests.fakes.faults import Faults


class FakeScaling:
    """Implements `ScalingSetup`; `targets` are the resources that are scaled, `alarms` the requests by name.

    `bounds`, `policies_of` and `actions_of` are by resource. `faults` makes calls go wrong.
    """

    def __init__(self) -> None:
        self.targets: set[str] = set()
        self.bounds: dict[str, dict[str, int]] = {}
        self.policies_of: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.actions_of: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.alarms: dict[str, Mapping[str, Any]] = {}
        self.faults = Faults()

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        with self.faults.call("registered"):
            return [resource for resource in resource_ids if resource in self.targets]

    def deregister(self, resource_id: str) -> None:
        with self.faults.call("deregister"):
            self._check(resource_id)
            self.targets.remove(resource_id)
            for kept in (self.bounds, self.policies_of, self.actions_of):
                kept.pop(resource_id, None)

    def delete_alarms(self, names: Sequence[str]) -> None:
        with self.faults.call("delete_alarms"):
            for name in names:
                self.alarms.pop(name, None)

    def register(self, resource_id: str, bounds: Mapping[str, int]) -> None:
        with self.faults.call("register"):
            self.targets.add(resource_id)
            self.bounds[resource_id] = dict(bounds)

    def policies(self, resource_id: str) -> list[str]:
        with self.faults.call("policies"):
            return list(self.policies_of.get(resource_id, {}))

    def put_policy(self, resource_id: str, name: str, policy: Mapping[str, Any]) -> str:
        with self.faults.call("put_policy"):
            self._check(resource_id)
            self.policies_of.setdefault(resource_id, {})[name] = policy
            return f"arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:{resource_id}:policyName/{name}"

    def delete_policy(self, resource_id: str, name: str) -> None:
        with self.faults.call("delete_policy"):
            del self.policies_of[resource_id][name]

    def scheduled_actions(self, resource_id: str) -> list[str]:
        with self.faults.call("scheduled_actions"):
            return list(self.actions_of.get(resource_id, {}))

    def put_scheduled_action(self, resource_id: str, name: str, action: Mapping[str, Any]) -> None:
        with self.faults.call("put_scheduled_action"):
            self._check(resource_id)
            self.actions_of.setdefault(resource_id, {})[name] = action

    def delete_scheduled_action(self, resource_id: str, name: str) -> None:
        with self.faults.call("delete_scheduled_action"):
            del self.actions_of[resource_id][name]

    def put_alarm(self, request: Mapping[str, Any]) -> None:
        with self.faults.call("put_alarm"):
            self.alarms[request["AlarmName"]] = request

    def _check(self, resource_id: str) -> None:
        if resource_id not in self.targets:
            raise NotFound(f"No scalable target found for resource ID: {resource_id}")
