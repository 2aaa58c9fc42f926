"""Let S3 hide what is missing from those who may not list: 404 is for who may, 403 for all others.

"If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404", otherwise 403: API
reference of GetObject and HeadObject. MiniStack answers 404 to every caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slipway_local.engine.authorization import Authorization, Handler, Response
from slipway_local.engine.patches import Engine, patch
from slipway_local.iam.required_actions import RequiredAction

HANDLER_PARAMETERS = ("method", "path", "headers", "body", "query_params")
ENCRYPTION = "x-amz-server-side-encryption"
KMS_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
IGNORED_ACLS = {("x-amz-acl", "bucket-owner-read"), ("x-amz-acl", "bucket-owner-full-control")}
NOT_FOUND = 404
DENIED = b"<Error><Code>AccessDenied</Code><Message>%s</Message></Error>"


@patch("ministack.app", "SERVICE_HANDLERS", *HANDLER_PARAMETERS, item="s3")
def handle_request(original: Handler, engine: Engine) -> Handler:
    """Hide missing objects, where IAM is enforced."""
    return original if engine.authorization is None else _hiding(original, engine.authorization)


@patch("ministack.services.s3", "_resolve_sse_write_headers", "headers", "bucket_name")
def resolve_sse_write_headers(original: Callable[..., Any], _engine: Engine) -> Callable[..., Any]:
    """Encrypt with the account's own key where aws:kms names none, which MiniStack refuses.

    "If you specify x-amz-server-side-encryption:aws:kms [...] but do not provide
    x-amz-server-side-encryption-aws-kms-key-id, Amazon S3 uses the Amazon Web Services managed key (aws/s3)"
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415 - MiniStack reads its environment

    def resolved(headers: dict[str, str], bucket_name: str) -> Any:
        keyless = headers.get(ENCRYPTION) == "aws:kms" and not headers.get(KMS_KEY)
        own_key = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
        return original({**headers, KMS_KEY: own_key} if keyless else headers, bucket_name)

    return resolved


@patch("ministack.services.s3", "_create_bucket", "name", "body", "headers", "endpoint_region")
def create_bucket(original: Callable[..., Any], _engine: Engine) -> Callable[..., Any]:
    """Ignore the canned ACLs of objects on a bucket's creation.

    "If you specify this canned ACL when creating a bucket, Amazon S3 ignores it."
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
    """

    def created(name: str, body: bytes, headers: dict[str, str] | None = None, *rest: Any, **options: Any) -> Any:
        kept = {key: value for key, value in (headers or {}).items() if (key, value) not in IGNORED_ACLS}
        return original(name, body, kept, *rest, **options)

    return created


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
