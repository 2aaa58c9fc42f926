"""InvokeEndpoint's request, parsed once from the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway_local.ports import Invocation
from slipway_local.sagemaker_runtime.faults import MAX_BODY, OversizeBodyError, validation_error
from slipway_local.sagemaker_runtime.members import Headers, name

# What only endpoints of a kind take that the local SageMaker does not host.
UNSUPPORTED = {
    "X-Amzn-SageMaker-Target-Model": ("TargetModel", "a multi-model endpoint"),
    "X-Amzn-SageMaker-Target-Container-Hostname": ("TargetContainerHostname", "a multi-container endpoint"),
    "X-Amzn-SageMaker-Inference-Component": ("InferenceComponentName", "an endpoint of inference components"),
    "X-Amzn-SageMaker-Enable-Explanations": ("EnableExplanations", "an endpoint with an ExplainerConfig"),
}


@dataclass(frozen=True)
class InvokeEndpoint:
    """The operation's input."""

    endpoint_name: str
    target_variant: str | None
    invocation: Invocation


def parse(endpoint_name: str, headers: Mapping[str, str], body: bytes) -> InvokeEndpoint:
    """Read a request. Raises `FaultError` for what SageMaker Runtime would refuse before looking further."""
    if len(body) > MAX_BODY:
        raise OversizeBodyError
    given = Headers(headers)
    endpoint_name = name("endpointName", endpoint_name)
    for header, (member, kind) in UNSUPPORTED.items():
        if given.get(header) is not None:
            raise validation_error(f"{member} is for {kind}, which {endpoint_name} is not.")
    target = given.get("X-Amzn-SageMaker-Target-Variant")
    return InvokeEndpoint(
        endpoint_name=endpoint_name,
        target_variant=None if target is None else name("targetVariant", target),
        invocation=Invocation(
            body=body,
            content_type=given.text("contentType", "Content-Type"),
            accept=given.text("accept", "Accept"),
            custom_attributes=given.text("customAttributes", "X-Amzn-SageMaker-Custom-Attributes"),
            inference_id=given.inference_id(),
        ),
    )
