"""Payloads of smoke tests in S3, over boto3."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from slipway.adapters.aws_errors import aws_errors
from slipway.adapters.s3 import Download
from slipway.domain.smoke_errors import PayloadAccessDenied, PayloadNotFound
from slipway.use_cases.smoke_test import Payload

MISSING = frozenset({"NoSuchKey", "NoSuchBucket"})
DENIED = frozenset({"AccessDenied", "403"})


class Boto3Payloads:
    """Implements `slipway.use_cases.smoke_test.Payloads`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def payload(self, bucket: str, key: str) -> Payload:
        """See the port: GetObject, because HeadObject's errors bear no names."""
        with aws_errors():
            found = self._get(bucket, key)
        return Payload(found["ContentLength"], Download(found["Body"]))

    def _get(self, bucket: str, key: str) -> dict[str, Any]:
        uri = f"s3://{bucket}/{key}"
        try:
            found: dict[str, Any] = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in MISSING:
                raise PayloadNotFound(
                    f"SmokeTest.PayloadUrl is {uri}, but there is no such object: upload it with aws s3 cp sample {uri}"
                ) from error
            if code in DENIED:
                raise PayloadAccessDenied(
                    f"SmokeTest.PayloadUrl is {uri}, which the stack may not read: put the sample into the model "
                    "bucket, or into the stack's SecondModelBucket."
                ) from error
            raise
        return found
