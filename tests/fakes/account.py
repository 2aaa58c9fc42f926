"""What an account has beside SageMaker: roles, quotas and alarms, in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slipway.errors import NotFound, SlipwayError
from slipway.hosting.create_alarms import AlarmMetric
from slipway.smoke_test.analyze_traffic import FleetMetric

TRUSTING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class FakeExecutionRoles:
    """Implements `TrustPolicyOf`; `error` is raised instead of an answer."""

    def __init__(self, *role_arns: str) -> None:
        self.policies: dict[str, Mapping[str, Any]] = dict.fromkeys(role_arns, TRUSTING)
        self.error: SlipwayError | None = None

    def __call__(self, role_arn: str) -> Mapping[str, Any]:
        if self.error:
            raise self.error
        if role_arn not in self.policies:
            raise NotFound(role_arn)
        return self.policies[role_arn]


class FakeInstanceQuotas:
    """Implements `InstanceQuota`: so many instances of every type, or what `quotas` says; `asked` are the types."""

    def __init__(self, default: int | None = 100) -> None:
        self.default = default
        self.quotas: dict[str, int | None] = {}
        self.asked: list[str] = []
        self.error: SlipwayError | None = None

    def __call__(self, name: str) -> int | None:
        instance_type = name.partition(" for ")[0]
        self.asked.append(instance_type)
        if self.error:
            raise self.error
        return self.quotas.get(instance_type, self.default)


class FakeAlarms:
    """Implements `AlarmStates` with the `states` of alarms by name; `error` is raised instead of an answer."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.asked: list[list[str]] = []
        self.error: SlipwayError | None = None

    def __call__(self, names: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(names))
        if self.error:
            raise self.error
        return {name: self.states[name] for name in names if name in self.states}


class FakeManagedAlarms:
    """Implements `Alarms` and `AlarmHistory`: metrics have the `values` by name, alarms the `changes` by name."""

    def __init__(self) -> None:
        self.requests: dict[str, Mapping[str, Any]] = {}
        self.values: dict[str, float] = {}
        self.changes: dict[str, list[Mapping[str, Any]]] = {}

    def put(self, request: Mapping[str, Any]) -> None:
        self.requests[request["AlarmName"]] = request

    def value(self, metric: AlarmMetric, dimensions: Mapping[str, str], since: datetime) -> float | None:
        return self.values.get(metric.name)

    def history(self, name: str, since: datetime) -> list[dict[str, str]]:
        """Return the changes of an alarm, its new states, in DescribeAlarmHistory's form."""
        states = self.changes.get(name, [])
        return [{"HistoryData": json.dumps({"version": "1.0", "newState": state})} for state in states]


class FakeFleetMetrics:
    """Implements `FleetMetrics`: `values` by configuration, metric and statistic."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], list[float]] = {}
        self.asked: list[tuple[Sequence[FleetMetric], datetime, datetime]] = []

    def __call__(self, metrics: Sequence[FleetMetric], since: datetime, until: datetime) -> list[list[float]]:
        self.asked.append((metrics, since, until))
        keys = [(one.dimensions["EndpointConfigName"], one.name, one.statistic) for one in metrics]
        return [self.values.get(key, []) for key in keys]
