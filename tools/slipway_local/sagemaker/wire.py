"""SageMaker's endpoint: `SageMaker.call` over the wire."""

from __future__ import annotations

from slipway_local.json_protocol import CONTENT_TYPE, JsonProtocol, Response, ServiceError
from slipway_local.sagemaker.errors import ResponseLost
from slipway_local.sagemaker.service import SageMaker

TARGET_PREFIX = "SageMaker."


class Wire(JsonProtocol):
    """Answers HTTP requests as SageMaker's endpoint does."""

    def __init__(self, sagemaker: SageMaker) -> None:
        super().__init__(TARGET_PREFIX, sagemaker.call)

    def refusal(self, error: ServiceError) -> Response:
        """Return an error's response, or the beginning of an answer that was to be lost on its way."""
        if isinstance(error, ResponseLost) and error.how == "ConnectionDropped":
            return dropped()
        return super().refusal(error)


def dropped() -> Response:
    """Promise more bytes than are sent: the server then closes the connection, which is what the client sees."""
    return 200, {"Content-Type": CONTENT_TYPE, "Content-Length": "64"}, b"{"
