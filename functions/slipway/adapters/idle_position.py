"""Where idle cleanup has stopped, as a small object in the stack's own bucket."""

from __future__ import annotations

from typing import Any

from slipway.adapters.aws_errors import aws_errors

KEY = "slipway/idle-position"
LONGEST = 63  # characters of an endpoint's name


class Boto3Position:
    """Implements `slipway.use_cases.idle_ports.Position`: S3 reads what was written last."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self) -> str:
        """See the port. A listing tells without an error that nothing was ever written."""
        with aws_errors():
            found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=KEY, MaxKeys=1)
            if not found.get("Contents"):
                return ""
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=KEY)["Body"].read(LONGEST)
        return body.decode()

    def write(self, name: str) -> None:
        """See the port."""
        with aws_errors():
            self._client.put_object(Bucket=self._bucket, Key=KEY, Body=name.encode())
