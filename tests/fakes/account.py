"""What an account has beside SageMaker: roles, quotas and alarms, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import NotFound, SlipwayError

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
    """Implements `EndpointUsage`: so many instances of every type, or what `quotas` says; `asked` are the types."""

    def __init__(self, default: int | None = 100) -> None:
        self.default = default
        self.quotas: dict[str, int | None] = {}
        self.asked: list[str] = []
        self.error: SlipwayError | None = None

    def __call__(self, instance_type: str) -> int | None:
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
