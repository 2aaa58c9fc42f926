"""What calls of the mounted JSON services have to be allowed, by X-Amz-Target; and those of workflows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.iam import sagemaker
from slipway_local.iam.needs import ANYTHING, Need, Place

SCALING = "application-autoscaling"
Params = Mapping[str, Any]
NeedsOf = Callable[[str, Params, Place], list[Need]]


def needs_of_scaling(operation: str, params: Params, place: Place) -> list[Need]:
    """Return what a call of Application Auto Scaling has to be allowed.

    Targets are resources of what changes them, under ids that AWS makes up; Describe knows no resource (Service
    Authorization Reference, "Actions, resources, and condition keys for AWS Application Auto Scaling").
    """
    action = f"{SCALING}:{operation}"
    if operation.startswith("Describe"):
        return [Need(action, ANYTHING)]
    keys = {
        f"{SCALING}:service-namespace": str(params.get("ServiceNamespace", "")),
        f"{SCALING}:scalable-dimension": str(params.get("ScalableDimension", "")),
    }
    return [Need(action, place.arn(SCALING, f"scalable-target/{params.get('ResourceId', '')}"), keys)]


def needs_of_quotas(operation: str, params: Params, place: Place) -> list[Need]:  # noqa: ARG001 - as the others
    """Return what a call of Service Quotas has to be allowed; reading quotas knows no resource."""
    return [Need(f"servicequotas:{operation}", ANYTHING)]


def needs_of_tagging(operation: str, params: Params, place: Place) -> list[Need]:  # noqa: ARG001 - as the others
    """Return what a call of Resource Groups Tagging has to be allowed.

    Tagging asks for the right to tag in the resource's own service as well (its user guide, "Grant permissions for
    tagging"); SageMaker's are looked at.
    """
    own = {"TagResources": "AddTags", "UntagResources": "DeleteTags"}.get(operation)
    arns = [arn for arn in params.get("ResourceARNList", []) if own and arn.split(":")[2] == "sagemaker"]
    return [Need(f"tag:{operation}", ANYTHING), *(Need(f"sagemaker:{own}", arn) for arn in arns)]


def needs_of_events(operation: str, params: Params, place: Place) -> list[Need]:
    """Return what PutEvents has to be allowed: each entry on its bus."""
    needs = []
    for entry in params.get("Entries", []):
        bus = entry.get("EventBusName", "default")
        resource = bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}")
        keys = {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")}
        needs.append(Need(f"events:{operation}", resource, keys))
    return needs


# What a state, a rule or a schedule calls, by what IAM calls the service. Step Functions spells some otherwise.
BY_SERVICE: dict[str, NeedsOf] = {
    "sagemaker": sagemaker.needs_of,
    SCALING: needs_of_scaling,
    "applicationautoscaling": needs_of_scaling,
    "servicequotas": needs_of_quotas,
    "events": needs_of_events,
    "eventbridge": needs_of_events,
}
# The optimised integrations and targets whose one resource is in an argument.
BY_ARGUMENT = {
    "lambda:invoke": ("lambda:InvokeFunction", "FunctionName"),
    "sns:publish": ("sns:Publish", "TopicArn"),
    "states:startExecution": ("states:StartExecution", "StateMachineArn"),
}
DELIVERIES = {
    "states": "states:StartExecution",
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "events": "events:PutEvents",
}


def needs_of_state(resource: str, arguments: Params, place: Place) -> list[Need]:
    """Return what a Task state has to be allowed: `arn:aws:states:::lambda:invoke`, `...:::aws-sdk:...`."""
    call = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(".")[0]
    if call in BY_ARGUMENT:
        action, argument = BY_ARGUMENT[call]
        return [Need(action, str(arguments.get(argument, ANYTHING)))]
    service, _, name = call.partition(":")
    operation = name[:1].upper() + name[1:]
    if service in BY_SERVICE:
        return BY_SERVICE[service](operation, arguments, place)
    return [Need(f"{service}:{operation}", ANYTHING)]


def needs_of_delivery(target_arn: str) -> list[Need]:
    """Return what a rule or a schedule has to be allowed to reach its target; nothing of services not known here."""
    service = target_arn.split(":")[2]
    return [Need(DELIVERIES[service], target_arn)] if service in DELIVERIES else []
