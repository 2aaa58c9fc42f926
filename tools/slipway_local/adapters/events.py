"""EventBridge as SageMaker writes to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

SOURCE = "aws.sagemaker"


class EventBridgeEvents:
    """`PutEvent` over anything with boto3's `put_events`.

    Only AWS's own services may publish with a source of `aws.*`, and MiniStack's PutEvents refuses others
    too (NotAuthorizedForSourceException): give it `EngineEventBridge` there.
    """

    def __init__(self, client: Any) -> None:
        self._events = client

    def put(self, detail_type: str, detail: Mapping[str, object], resources: list[str]) -> None:
        """Publish one event on the default bus. Raises `RuntimeError` where EventBridge refused the entry."""
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "Resources": resources,
        }
        answer = self._events.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            refusal = answer["Entries"][0]
            code, message = refusal.get("ErrorCode"), refusal.get("ErrorMessage")
            raise RuntimeError(f"EventBridge refused {detail_type!r}: {code}: {message}")


class EngineEventBridge:
    """`put_events` of an engine in this process, with the right of AWS's own services to say `aws.*`.

    `put` is `ministack.services.eventbridge._put_events`, by which MiniStack's own Step Functions announces
    executions: it takes the request and answers (status, headers, body).
    """

    def __init__(self, put: Callable[..., tuple[int, Mapping[str, str], bytes]]) -> None:
        self._put = put

    def put_events(self, **request: Any) -> dict[str, Any]:
        """Return PutEvents' answer. Raises `RuntimeError` where the engine refused the whole request."""
        status, _, body = self._put(request, allow_aws_source=True)
        if status != 200:  # noqa: PLR2004 - HTTP's own number
            raise RuntimeError(f"The engine answered PutEvents with {status}: {body.decode()}")
        answer: dict[str, Any] = json.loads(body)
        return answer
