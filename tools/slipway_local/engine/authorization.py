"""Evaluate IAM where MiniStack does not: at the services that are mounted in it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slipway_local.engine.callers import Callers
from slipway_local.iam.needs import Need, Place
from slipway_local.iam.policies import Caller, TagsOf, refusal, refused
from slipway_local.iam.sagemaker import needs_of_invocation
from slipway_local.iam.services import NeedsOf

RUNTIME_PATH = "/endpoints/"
Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


class Authorization:
    """Lets callers do what their policies allow, and nothing else."""

    def __init__(self, callers: Callers, place: Place, tags_of: TagsOf) -> None:
        self.callers = callers
        self.place = place
        self._tags_of = tags_of

    def refused(self, caller: Caller, needs: list[Need]) -> str | None:
        """Return AWS's words of refusal, None for a caller that may."""
        need = refused(caller, needs, self.place, self._tags_of)
        return refusal(caller, need) if need else None

    def guarded(self, handler: Handler, needs_of: NeedsOf) -> Handler:
        """Return a service's handler that answers as AWS does what the caller is not allowed."""

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
        ) -> Response:
            caller = self.callers.of_request(headers, query_params)
            if caller is None:
                return _refusal(403, "UnrecognizedClientException", "The security token in the request is invalid.")
            refused_with = self.refused(caller, self._needs(needs_of, path, headers, body))
            if refused_with is None:
                return await handler(method, path, headers, body, query_params)
            return _refusal(403 if path.startswith(RUNTIME_PATH) else 400, "AccessDeniedException", refused_with)

        return handle

    def guard(self, app: Any, service: str, needs_of: NeedsOf) -> None:
        """Guard a service that is registered with MiniStack's application."""
        app.SERVICE_HANDLERS[service] = self.guarded(app.SERVICE_HANDLERS[service], needs_of)

    def _needs(self, needs_of: NeedsOf, path: str, headers: Mapping[str, str], body: bytes) -> list[Need]:
        if path.startswith(RUNTIME_PATH):
            return needs_of_invocation(path, self.place)
        return needs_of(_operation(headers, path), _params(body), self.place)


def _operation(headers: Mapping[str, str], path: str) -> str:
    # JSON protocols name it in a header; the one that CloudWatch's clients speak, at the end of the path.
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), path)
    return target.replace("/", ".").rpartition(".")[2]


def _params(body: bytes) -> Mapping[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError:  # the service itself refuses it
        return {}
    return params if isinstance(params, dict) else {}


def _refusal(status: int, code: str, message: str) -> Response:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, "message": message, "Message": message}).encode()
