"""What an ordered fault says: AWS's codes and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.errors import ResponseLost, SageMakerError
from slipway_local.sagemaker.faults.orders import Fault
from slipway_local.sagemaker.models import Tables
from slipway_local.sagemaker.validation.quotas import exceeded

NO_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type or after some time."
)


def ping_failed(variant_name: str) -> str:
    """Return the FailureReason of a container that did not answer its ping."""
    return (
        f"The primary container for production variant {variant_name} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


class CallFaults:
    """Turns an ordered call fault into the error that the caller sees."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def error(self, fault: Fault, operation: str, params: Mapping[str, Any]) -> SageMakerError:
        """Return the error; the caller of this decides whether the call is performed first."""
        if fault.kind == "ResponseLost":
            return ResponseLost(fault.how)
        code, status, text = {
            "Throttle": ("ThrottlingException", 400, "Rate exceeded"),
            "InternalFailure": ("InternalFailure", 500, "The request processing has failed."),
            "AccessDenied": ("AccessDeniedException", 400, self._denied(operation, params)),
            "ResourceLimitExceeded": ("ResourceLimitExceeded", 400, self._limit(operation, params)),
        }[fault.kind]
        return SageMakerError(code, fault.message or text, status)

    def _denied(self, operation: str, params: Mapping[str, Any]) -> str:
        arns = self._tables.arns
        action = f"sagemaker:{operation}"
        caller = arns.prefix.replace(f":sagemaker:{arns.region}:", ":sts::") + "assumed-role/local/local"
        return (
            f"User: {caller} is not authorized to perform: {action} on resource: "
            f"{self._resource(operation, params)} because no identity-based policy allows the {action} action"
        )

    def _resource(self, operation: str, params: Mapping[str, Any]) -> str:
        """Return the ARN that the operation is about, `*` where it is about none."""
        if isinstance(params.get("ResourceArn"), str):
            return str(params["ResourceArn"])
        noun = re.sub("^(Create|Describe|Delete|Stop)", "", operation)
        tables = {
            "Model": self._tables.models,
            "EndpointConfig": self._tables.configs,
            "TransformJob": self._tables.transform_jobs,
        }
        table: Any = tables.get(noun, self._tables.endpoints)
        name = params.get(f"{noun}Name" if noun in tables else "EndpointName")
        return table.arn(name) if name else "*"

    def _limit(self, operation: str, params: Mapping[str, Any]) -> str:
        """Return AWS's quota text; for what is no endpoint, the words are ours (none are published)."""
        if operation == "CreateTransformJob":
            resources = params["TransformResources"]
            quota = f"{resources['InstanceType']} for transform job usage"
            return exceeded(quota, 0, 0, resources["InstanceCount"])
        config = self._tables.configs.peek(str(params.get("EndpointConfigName")))
        if config is None:
            return exceeded(operation, 0, 0, 1, "Requests")
        variant = config.request["ProductionVariants"][0]
        wanted = variant.get("InitialInstanceCount", 1)
        return exceeded(f"{variant.get('InstanceType', 'serverless')} for endpoint usage", 0, 0, wanted)
