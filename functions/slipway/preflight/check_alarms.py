"""The alarms of a DeploymentConfig, before an update: SageMaker rolls the update back while one is in ALARM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from slipway.deployment.plan import Plan
from slipway.errors import AlarmAlreadyFiring, AlarmNotFound, AwsRefused, NotYet

AlarmStates = Callable[[Sequence[str]], Mapping[str, str]]  # the state of each alarm that exists, by name
UNREADABLE = (AwsRefused, NotYet)
FIELD = "DeploymentConfig.AutoRollbackConfiguration.Alarms"


def check_alarms(plan: Plan, alarm_states: AlarmStates) -> list[str]:
    """Return warnings. Raises `AlarmNotFound` or `AlarmAlreadyFiring`.

    SageMaker developer guide, "Auto-Rollback Configuration and Monitoring": any alarm that trips while the update is
    monitored starts a rollback. https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    listed = plan.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    names = [str(alarm["AlarmName"]) for alarm in listed]
    if not names:
        return []
    try:
        states = alarm_states(names)
    except UNREADABLE as unread:
        return [
            f"The alarms {', '.join(names)} could not be checked ({type(unread).__name__}: {str(unread).rstrip('.')})."
        ]
    for name in names:
        if name not in states:
            raise AlarmNotFound(
                f"{FIELD} names {name}, but no such CloudWatch alarm exists in this Region: create it, or remove it "
                "from the list."
            )
        if states[name] == "ALARM":
            raise AlarmAlreadyFiring(
                f"{FIELD} names {name}, which is in ALARM, so that SageMaker would roll the update back: wait until it "
                "is OK and deploy again, or remove it from the list."
            )
    return []
