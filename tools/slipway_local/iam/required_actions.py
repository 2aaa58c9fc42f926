"""Which actions a call must be allowed.

Resources and dependent actions of SageMaker's actions are those of the Service Authorization Reference, "Actions,
resources, and condition keys for Amazon SageMaker AI" (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from slipway_local.json_protocol import ServiceError

ANYTHING = "*"  # of an action that knows no resource


@dataclass(frozen=True)
class RequiredAction:
    """One permission: an action on a resource, with the condition keys of the call."""

    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Scope:
    """Where resources without an ARN of their own in a request are: a region of an account."""

    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


SERVICE = "sagemaker"
PASSED_TO = "sagemaker.amazonaws.com"
# The kinds of resource that requests name, with the fields that do.
NAMED: Mapping[str, tuple[str, ...]] = {
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
    "EndpointWeightsAndCapacities": ("endpoint", "EndpointName"),
    "InferenceComponent": ("inference-component", "InferenceComponentName"),
    "InferenceComponentRuntimeConfig": ("inference-component", "InferenceComponentName"),
    "TrainingJob": ("training-job", "TrainingJobName"),
    "TransformJob": ("transform-job", "TransformJobName"),
    "ModelPackage": ("model-package", "ModelPackageName", "ModelPackageArn"),
    "ModelPackageGroup": ("model-package-group", "ModelPackageGroupName"),
}
ONE_RESOURCE = re.compile(r"(?:Create|Describe|Update|Delete|Stop)(\w+)")
# An endpoint's configuration has to be allowed too.
WITH_CONFIG = ("CreateEndpoint", "UpdateEndpoint")
# The versions of a group are model-package/<group>/*, as the policies of the developer guide name them, "Deploy a Model
# Version from a Different Account".
OF_A_GROUP = ("CreateModelPackage", "ListModelPackages")
# What has the condition key sagemaker:ModelApprovalStatus (service authorization reference).
APPROVALS = ("CreateModelPackage", "UpdateModelPackage")
OF_ANY_RESOURCE = ("AddTags", "ListTags", "DeleteTags")
INVOCATIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
    "invocations-bidirectional-stream": "InvokeEndpointWithBidirectionalStream",
}


def required_actions_of(operation: str, params: Mapping[str, Any], scope: Scope) -> list[RequiredAction]:
    """Return what a call of the control plane has to be allowed."""
    action = f"{SERVICE}:{operation}"
    resources = list(_resources(operation, params, scope)) or [ANYTHING]
    approval = _text(params, "ModelApprovalStatus") if operation in APPROVALS else None
    keys = {"sagemaker:modelapprovalstatus": approval} if approval else {}
    required = [RequiredAction(action, resource, keys) for resource in resources]
    if params.get("Tags") and operation.startswith("Create"):
        required.append(RequiredAction(f"{SERVICE}:AddTags", resources[0]))
    if role := _text(params, "ExecutionRoleArn"):
        required.append(RequiredAction("iam:PassRole", role, {"iam:passedtoservice": PASSED_TO}))
    return required


def made_for_caller(action: str, resource: str, scope: Scope) -> RequiredAction:
    """Return what SageMaker does with its caller's permissions, with KMS's condition keys of such a request.

    kms:GrantIsForAWSResource "allows principals to call CreateGrant [...] only when an AWS service that is integrated
    with AWS KMS sends the request on the principal's behalf", which kms:ViaService names:
    https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html
    """
    if not action.startswith("kms:"):
        return RequiredAction(action, resource)
    via = f"{SERVICE}.{scope.region}.amazonaws.com"
    keys = {"kms:viaservice": via, "kms:calleraccount": scope.account_id, "kms:grantisforawsresource": "true"}
    return RequiredAction(action, resource, keys)


def kinds_of(action: str) -> set[str]:
    """Return the kinds of resource that an action is about, as its ARNs spell them; nothing for those of any kind."""
    service, _, operation = action.partition(":")
    found = ONE_RESOURCE.fullmatch(operation)
    if service != SERVICE or found is None or found[1] not in NAMED:
        return set()
    more = {"endpoint-config"} if operation in WITH_CONFIG else set()
    return {NAMED[found[1]][0]} | more | ({"model-package"} if operation == "CreateModel" else set())


def required_actions_of_invocation(path: str, scope: Scope) -> list[RequiredAction]:
    """Return what a request to the runtime has to be allowed: `/endpoints/<name>/invocations` and the like."""
    _, _, name, kind = path.split("/", 3)
    operation, endpoint = INVOCATIONS.get(kind, "InvokeEndpoint"), scope.arn(SERVICE, f"endpoint/{name}")
    # DG "Invoke endpoints with OpenAI-compatible APIs": both actions, the second on no resource.
    bearer = [RequiredAction(f"{SERVICE}:CallWithBearerToken", ANYTHING)] if kind.startswith("openai/") else []
    return [RequiredAction(f"{SERVICE}:{operation}", endpoint), *bearer]


def _resources(operation: str, params: Mapping[str, Any], scope: Scope) -> Iterator[str]:
    if operation in OF_ANY_RESOURCE:
        yield _text(params, "ResourceArn") or ANYTHING
    found = ONE_RESOURCE.fullmatch(operation)
    kind, *fields = NAMED.get(found[1], ("",)) if found else ("",)
    yield from (_arn(kind, name, scope) for field in fields if (name := _text(params, field)))
    if operation in OF_A_GROUP and (name := _text(params, "ModelPackageGroupName")):
        yield scope.arn(SERVICE, f"model-package/{name.rpartition('/')[2]}/*")
    if operation in WITH_CONFIG and (name := _text(params, "EndpointConfigName")):
        yield _arn("endpoint-config", name, scope)
    if operation == "CreateInferenceComponent" and (name := _text(params, "EndpointName")):
        yield _arn("endpoint", name, scope)
    if operation == "CreateModel":
        # Not in the reference: the developer guide, "Deploy a Model Version", requires permission for the package.
        yield from (_arn("model-package", package, scope) for package in _packages(params))


def _packages(params: Mapping[str, Any]) -> Iterator[str]:
    for container in [params.get("PrimaryContainer"), *_list(params, "Containers")]:
        if package := _text(_structure(container), "ModelPackageName"):
            yield package


def _structure(value: object) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise ServiceError("SerializationException", "Expected a structure or null")
    return value or {}


def _list(params: Mapping[str, Any], field: str) -> list[Any]:
    value = params.get(field)
    if value is not None and not isinstance(value, list):
        raise ServiceError("SerializationException", "Expected list or null")
    return value or []


def _text(params: Mapping[str, Any], field: str) -> str | None:
    """Return a string of a request, None where it is missing. Raises `ServiceError` for another type, as AWS does."""
    value = params.get(field)
    if value is not None and not isinstance(value, str):
        raise ServiceError("SerializationException", f"{field} can not be converted to a String")
    return value


def _arn(kind: str, name: str, scope: Scope) -> str:
    return name if name.startswith("arn:") else scope.arn(SERVICE, f"{kind}/{name}")


COPY_SOURCE, TAGS, DIRECTIVE = "x-amz-copy-source", "x-amz-tagging", "x-amz-tagging-directive"


def required_actions_of_object_tags(
    method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any], is_tagged: Callable[[str, str], bool]
) -> list[RequiredAction]:
    """Return what a PutObject or a CopyObject takes because of tags; `is_tagged` says whether an object has any.

    A copy takes the source's tags along unless its TaggingDirective is REPLACE, and is refused without the permissions
    to read and write them (nasa/cumulus-orca issue 530; AWS knowledge center, "Troubleshoot copying an object between
    buckets"). A part of an upload has no tags.
    """
    bucket, _, key = path.lstrip("/").partition("/")
    if method != "PUT" or not key or {"partNumber", "tagging", "acl", "retention", "legal-hold"} & query.keys():
        return []
    put = RequiredAction("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/{key}")
    source = unquote(headers.get(COPY_SOURCE, "")).lstrip("/").partition("?")[0]
    if not source or headers.get(DIRECTIVE, "COPY") == "REPLACE":
        return [put] if headers.get(TAGS) else []
    from_bucket, _, from_key = source.partition("/")
    if not is_tagged(from_bucket, from_key):
        return []
    return [RequiredAction("s3:GetObjectTagging", f"arn:aws:s3:::{source}"), put]


SCALING = "application-autoscaling"
Params = Mapping[str, Any]
RequiredActionsOf = Callable[[str, Params, Scope], list[RequiredAction]]


def required_actions_of_scaling(operation: str, params: Params, scope: Scope) -> list[RequiredAction]:
    """Return what a call of Application Auto Scaling has to be allowed.

    Targets are resources of what changes them, under ids that AWS makes up; Describe knows no resource (Service
    Authorization Reference, "Actions, resources, and condition keys for AWS Application Auto Scaling").
    """
    action = f"{SCALING}:{operation}"
    if operation.startswith("Describe"):
        return [RequiredAction(action, ANYTHING)]
    keys = {
        f"{SCALING}:service-namespace": str(params.get("ServiceNamespace", "")),
        f"{SCALING}:scalable-dimension": str(params.get("ScalableDimension", "")),
    }
    return [RequiredAction(action, scope.arn(SCALING, f"scalable-target/{params.get('ResourceId', '')}"), keys)]


def required_actions_of_quotas(operation: str, _params: Params, _scope: Scope) -> list[RequiredAction]:
    """Return what a call of Service Quotas has to be allowed; reading quotas knows no resource."""
    return [RequiredAction(f"servicequotas:{operation}", ANYTHING)]


def required_actions_of_tagging(operation: str, params: Params, _scope: Scope) -> list[RequiredAction]:
    """Return what a call of Resource Groups Tagging has to be allowed.

    Tagging also requires permission to tag in the resource's own service (its user guide, "Grant permissions for
    tagging"); SageMaker's are evaluated.
    """
    own = {"TagResources": "AddTags", "UntagResources": "DeleteTags"}.get(operation)
    arns = [arn for arn in _list(params, "ResourceARNList") if own and str(arn).split(":")[2:3] == ["sagemaker"]]
    return [RequiredAction(f"tag:{operation}", ANYTHING), *(RequiredAction(f"sagemaker:{own}", arn) for arn in arns)]


def required_actions_of_events(operation: str, params: Params, scope: Scope) -> list[RequiredAction]:
    """Return what PutEvents has to be allowed: each entry on its bus."""
    required = []
    for entry in _list(params, "Entries"):
        bus = _text(_structure(entry), "EventBusName") or "default"
        resource = bus if bus.startswith("arn:") else scope.arn("events", f"event-bus/{bus}")
        keys = {"events:source": entry.get("Source", ""), "events:detail-type": entry.get("DetailType", "")}
        required.append(RequiredAction(f"events:{operation}", resource, keys))
    return required


# What a state, a rule or a schedule calls, by what IAM calls the service. Step Functions spells some otherwise.
BY_SERVICE: dict[str, RequiredActionsOf] = {
    "sagemaker": required_actions_of,
    SCALING: required_actions_of_scaling,
    "applicationautoscaling": required_actions_of_scaling,
    "servicequotas": required_actions_of_quotas,
    "events": required_actions_of_events,
    "eventbridge": required_actions_of_events,
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


def required_actions_of_state(resource: str, arguments: Params, scope: Scope) -> list[RequiredAction]:
    """Return what a Task state has to be allowed: `arn:aws:states:::lambda:invoke`, `...:::aws-sdk:...`."""
    call = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(".")[0]
    if call in BY_ARGUMENT:
        action, argument = BY_ARGUMENT[call]
        return [RequiredAction(action, str(arguments.get(argument, ANYTHING)))]
    service, _, name = call.partition(":")
    operation = name[:1].upper() + name[1:]
    if service in BY_SERVICE:
        return BY_SERVICE[service](operation, arguments, scope)
    return [RequiredAction(f"{service}:{operation}", ANYTHING)]


def required_actions_of_delivery(target_arn: str) -> list[RequiredAction]:
    """Return what a rule or a schedule has to be allowed to reach its target; nothing of services not known here."""
    service = target_arn.split(":")[2]
    return [RequiredAction(DELIVERIES[service], target_arn)] if service in DELIVERIES else []
