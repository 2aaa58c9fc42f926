"""The AWS JSON 1.1 protocol around a service: X-Amz-Target in, JSON or `{"__type": code, "message": text}` out."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/x-amz-json-1.1"
Response = tuple[int, dict[str, str], bytes]


class ServiceError(Exception):
    """A refusal as the caller sees it: AWS's error code, its message and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class JsonProtocol:
    """Answers HTTP requests for `call`, which performs an operation by its name and raises `ServiceError`.

    `target_prefix` is what comes before an operation in X-Amz-Target, with its full stop.
    """

    def __init__(self, target_prefix: str, call: Callable[[str, dict[str, Any]], Mapping[str, Any]]) -> None:
        self._target_prefix = target_prefix
        self._call = call

    async def handle_request(
        self,
        method: str,  # noqa: ARG002 - MiniStack hands it to every service; here it is always POST
        path: str,  # noqa: ARG002 - always /
        headers: Mapping[str, str],
        body: bytes,
        query_params: object,  # noqa: ARG002 - this protocol has none
    ) -> Response:
        """Answer one request, as MiniStack hands it to a service; the work is done in a thread."""
        return await asyncio.to_thread(self.answer, headers, body)

    def answer(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request; blocks."""
        try:
            return _response(200, self._call(self._operation(headers), params_of(body)))
        except ServiceError as error:
            return self.refusal(error)
        except Exception as error:  # a bug is answered as AWS answers its own, and logged with its traceback
            logger.exception("a call of %s broke", self._target_prefix.rstrip("."))
            return self.refusal(ServiceError("InternalFailure", f"{type(error).__name__}: {error}", 500))

    def refusal(self, error: ServiceError) -> Response:
        """Return an error's response."""
        return error_response(error.code, error.message, error.status)

    def _operation(self, headers: Mapping[str, str]) -> str:
        target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
        if not target.startswith(self._target_prefix):
            text = f'The X-Amz-Target header must name an operation, after "{self._target_prefix}"; it is "{target}".'
            raise ServiceError("UnknownOperationException", text, 404)
        return target.removeprefix(self._target_prefix)


def params_of(body: bytes) -> dict[str, Any]:
    """Return a request's JSON object. Raises `ServiceError` (SerializationException)."""
    try:
        params = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ServiceError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise ServiceError("SerializationException", "The request must be a JSON object.")
    return params


def error_response(code: str, message: str, status: int = 400) -> Response:
    """Return an error as AWS's JSON protocols answer it; the header is for clients that read no body."""
    answered, headers, body = _response(status, {"__type": code, "message": message, "Message": message})
    return answered, {**headers, "x-amzn-errortype": code}, body


def _response(status: int, answer: Mapping[str, Any]) -> Response:
    headers = {"Content-Type": CONTENT_TYPE, "x-amzn-requestid": str(uuid.uuid4())}
    return status, headers, json.dumps(answer).encode()
