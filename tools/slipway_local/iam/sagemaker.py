"""What calls of SageMaker have to be allowed.

Resources and dependent actions of an action are those of the Service Authorization Reference, "Actions, resources, and
condition keys for Amazon SageMaker AI" (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway_local.iam.needs import ANYTHING, Need, Place

SERVICE = "sagemaker"
PASSED_TO = "sagemaker.amazonaws.com"
# The kinds of resource that requests name, with the field that does.
NAMED = {
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
    "EndpointWeightsAndCapacities": ("endpoint", "EndpointName"),
    "TrainingJob": ("training-job", "TrainingJobName"),
    "ModelPackage": ("model-package", "ModelPackageName"),
}
ONE_RESOURCE = re.compile(r"(?:Create|Describe|Update|Delete)(\w+)")
# An endpoint's configuration has to be allowed too.
WITH_CONFIG = ("CreateEndpoint", "UpdateEndpoint")
OF_ANY_RESOURCE = ("AddTags", "ListTags", "DeleteTags")
INVOCATIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
    "invocations-bidirectional-stream": "InvokeEndpointWithBidirectionalStream",
}


def needs_of(operation: str, params: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what a call of the control plane has to be allowed."""
    action = f"{SERVICE}:{operation}"
    resources = list(_resources(operation, params, place)) or [ANYTHING]
    needs = [Need(action, resource) for resource in resources]
    if params.get("Tags") and operation.startswith("Create"):
        needs.append(Need(f"{SERVICE}:AddTags", resources[0]))
    if "ExecutionRoleArn" in params:
        needs.append(Need("iam:PassRole", params["ExecutionRoleArn"], {"iam:passedtoservice": PASSED_TO}))
    return needs


def kinds_of(action: str) -> set[str]:
    """Return the kinds of resource that an action is about, as its ARNs spell them; nothing for those of any kind."""
    service, _, operation = action.partition(":")
    found = ONE_RESOURCE.fullmatch(operation)
    if service != SERVICE or found is None or found[1] not in NAMED:
        return set()
    more = {"endpoint-config"} if operation in WITH_CONFIG else set()
    return {NAMED[found[1]][0]} | more | ({"model-package"} if operation == "CreateModel" else set())


def needs_of_invocation(path: str, place: Place) -> list[Need]:
    """Return what a request to the runtime has to be allowed: `/endpoints/<name>/invocations` and the like."""
    _, _, name, kind = path.split("/", 3)
    return [Need(f"{SERVICE}:{INVOCATIONS.get(kind, 'InvokeEndpoint')}", place.arn(SERVICE, f"endpoint/{name}"))]


def _resources(operation: str, params: Mapping[str, Any], place: Place) -> Iterator[str]:
    if operation in OF_ANY_RESOURCE:
        yield params.get("ResourceArn", ANYTHING)
    found = ONE_RESOURCE.fullmatch(operation)
    kind, field = NAMED.get(found[1], ("", "")) if found else ("", "")
    if field in params:
        yield _arn(kind, params[field], place)
    if operation in WITH_CONFIG and "EndpointConfigName" in params:
        yield _arn("endpoint-config", params["EndpointConfigName"], place)
    if operation == "CreateModel":
        # Not in the reference: the developer guide, "Deploy a Model Version", asks for the right to the package.
        yield from (_arn("model-package", package, place) for package in _packages(params))


def _packages(params: Mapping[str, Any]) -> Iterator[str]:
    for container in [params.get("PrimaryContainer", {}), *params.get("Containers", [])]:
        if "ModelPackageName" in container:
            yield container["ModelPackageName"]


def _arn(kind: str, name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn(SERVICE, f"{kind}/{name}")
