"""Ordered faults in front of InvokeEndpoint and InvokeEndpointAsync."""

from __future__ import annotations

from collections.abc import Mapping

from slipway_local.sagemaker.faults import Fault, Faults, Kind
from slipway_local.sagemaker_runtime.faults import FaultError, Response
from slipway_local.sagemaker_runtime.service import Inference

OPERATIONS = ("InvokeEndpoint", "InvokeEndpointAsync")
KINDS: tuple[Kind, ...] = ("Throttle", "InternalFailure", "AccessDenied", "ResponseLost")


class FaultyInference:
    """A way to invoke endpoints whose next calls go wrong as ordered, by the name of its operation."""

    def __init__(self, inference: Inference, operation: str, faults: Faults) -> None:
        self._inference = inference
        self._operation = operation
        self._faults = faults

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request. Raises `FaultError`."""
        fault = self._faults.take(*KINDS, operation=self._operation, endpoint_name=endpoint_name, named=True)
        if fault is None:
            return self._inference.invoke(endpoint_name, headers, body)
        if fault.kind == "ResponseLost":
            self._inference.invoke(endpoint_name, headers, body)
        raise self._error(fault)

    def _error(self, fault: Fault) -> FaultError:
        action = f"sagemaker:{self._operation}"
        status, code, text = {
            "Throttle": (400, "ThrottlingException", "Rate exceeded"),
            "AccessDenied": (403, "AccessDeniedException", f"User is not authorized to perform: {action}"),
        }.get(fault.kind, (500, "InternalFailure", "The request processing has failed."))
        return FaultError(status, code, fault.message or text)
