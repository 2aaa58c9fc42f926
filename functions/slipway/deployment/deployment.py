"""One execution's deployment, as the steps of the workflow pass it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.deployment import ordering, tags
from slipway.deployment.plan import BEFORE_TRAFFIC, Artifact, Execution, Plan
from slipway.deployment.settings import Settings


@dataclass(frozen=True)
class Deployment:
    """What is wanted, the inspected archive if there is one, the execution, and the stack's settings.

    `is_proven` says that a candidate has passed the smoke test; `alarms` are those that Slipway created for the update.
    """

    plan: Plan
    artifact: Artifact | None
    execution: Execution
    settings: Settings
    is_proven: bool = False
    alarms: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Mapping[str, Any], settings: Settings) -> Deployment:
        """Return the deployment of a state's request, {Plan, Artifact, Execution}."""
        artifact, is_proven = request["Artifact"] or None, request.get("IsProven", False)
        alarms = tuple(request.get("Alarms", ()))
        return cls(request["Plan"], artifact, request["Execution"], settings, is_proven, alarms)

    @property
    def endpoint_name(self) -> str:
        """Return the endpoint's name."""
        return self.plan["EndpointName"]

    @property
    def is_redeployment(self) -> bool:
        """Say whether an existing configuration is put back."""
        return "EndpointConfigName" in self.plan

    @property
    def ends_scaling(self) -> bool:
        """Say whether scaling is taken off: AutoScaling is {}."""
        return "AutoScaling" in self.plan and not self.plan["AutoScaling"]

    @property
    def deployment_config(self) -> dict[str, Any]:
        """Return the DeploymentConfig of an update, with the alarms that were created for it; {} for none."""
        config = self.plan.get("DeploymentConfig", {})
        if not self.alarms:
            return config
        listed = config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        managed = [{"AlarmName": name} for name in self.alarms]
        return {**config, "AutoRollbackConfiguration": {"Alarms": [*listed, *managed]}}

    @property
    def needs_proof(self) -> bool:
        """Say whether an update waits for a candidate that passes the smoke test."""
        return "SmokeTest" in self.plan and self.plan["SmokeTest"]["Stage"] == BEFORE_TRAFFIC and not self.is_proven

    @property
    def started(self) -> datetime:
        """Return when the execution started."""
        return datetime.fromisoformat(self.execution["StartTime"].replace("Z", "+00:00"))

    @property
    def deadline(self) -> datetime:
        """Return when the deployment gives up."""
        return datetime.fromisoformat(self.plan["Deadline"])

    @property
    def requested_at(self) -> str:
        """Return when it was requested, as the tag `slipway:requested-at` has it."""
        return ordering.requested_at(self.plan, self.artifact, self.execution)

    @property
    def tags(self) -> list[dict[str, str]]:
        """Return the tags of whatever it creates or updates: the user's, then ours."""
        return [*self.plan["Tags"], *self.own_tags]

    @property
    def own_tags(self) -> list[dict[str, str]]:
        """Return the tags of ours alone."""
        return tags.own_tags(self.plan, self.execution, self.settings.stack_name, self.artifact)

    def created(self, found: Mapping[str, str]) -> bool:
        """Say whether something with these tags was created by this execution."""
        return tags.created_by(found, self.execution)
