"""Let S3 hide what is missing from those who may not list: 404 is for who may, 403 for all others.

"If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404", otherwise 403: API
reference of GetObject and HeadObject. MiniStack answers 404 to everybody.
"""

from __future__ import annotations

from typing import Any

from slipway_local.engine.authorization import Authorization, Handler, Response
from slipway_local.engine.patches import Engine, patch
from slipway_local.iam.required_actions import RequiredAction

HANDLER_PARAMETERS = ("method", "path", "headers", "body", "query_params")
NOT_FOUND = 404
DENIED = b"<Error><Code>AccessDenied</Code><Message>%s</Message></Error>"


@patch("app", "SERVICE_HANDLERS", *HANDLER_PARAMETERS, item="s3")
def handle_request(original: Handler, engine: Engine) -> Handler:
    """Hide missing objects, where IAM is enforced."""
    return original if engine.authorization is None else _hiding(original, engine.authorization)


def _hiding(handler: Handler, authorization: Authorization) -> Handler:
    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        answer = await handler(method, path, headers, body, query_params)
        bucket, _, key = path.lstrip("/").partition("/")
        if answer[0] != NOT_FOUND or method not in ("GET", "HEAD") or not key:
            return answer
        principal = authorization.principals.of_request(headers, query_params)
        required = [RequiredAction("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
        refused_with = authorization.refused(principal, required) if principal else None
        if refused_with is None:
            return answer
        return 403, {"Content-Type": "application/xml"}, b"" if method == "HEAD" else DENIED % refused_with.encode()

    return handle
