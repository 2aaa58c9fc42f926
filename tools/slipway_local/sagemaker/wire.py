"""The AWS JSON 1.1 protocol around `SageMaker.call`."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.errors import ResponseLost, SageMakerError
from slipway_local.sagemaker.service import SageMaker

logger = logging.getLogger(__name__)
Response = tuple[int, dict[str, str], bytes]
TARGET_PREFIX = "SageMaker."


class Wire:
    """Answers HTTP requests as SageMaker's endpoint does."""

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker

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
        """Answer one request; errors are `{"__type": code, "message": text}`."""
        try:
            return _response(200, self._sagemaker.call(_operation(headers), _params(body)))
        except ResponseLost as lost:
            return _dropped() if lost.how == "ConnectionDropped" else _error(lost)
        except SageMakerError as error:
            return _error(error)
        except Exception as error:  # a bug is answered as AWS answers its own, and logged with its traceback
            logger.exception("a call of the local SageMaker broke")
            return _error(SageMakerError("InternalFailure", f"{type(error).__name__}: {error}", 500))


def _operation(headers: Mapping[str, str]) -> str:
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if not target.startswith(TARGET_PREFIX):
        text = f'The X-Amz-Target header must name an operation as "SageMaker.CreateModel"; it is "{target}".'
        raise SageMakerError("UnknownOperationException", text, 404)
    return target.removeprefix(TARGET_PREFIX)


def _params(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError as error:
        raise SageMakerError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise SageMakerError("SerializationException", "The request must be a JSON object.")
    return params


def _response(status: int, answer: Mapping[str, Any]) -> Response:
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())}
    return status, headers, json.dumps(answer).encode()


def _error(error: SageMakerError) -> Response:
    return _response(error.status, {"__type": error.code, "message": error.message})


def _dropped() -> Response:
    """Promise more bytes than are sent: the server then closes the connection, which is what the client sees."""
    return 200, {"Content-Type": "application/x-amz-json-1.1", "Content-Length": "64"}, b"{"
