"""Manifests, waves and results of rollouts in S3, over boto3."""

from __future__ import annotations

from typing import Any

from slipway.aws.errors import aws_errors
from slipway.aws.s3 import read_object

# 10,000 deployment inputs of 3 KB, or the results of as many; the function holds it a few times over.
MAX_READ = 64 * 1024 * 1024


class Boto3RolloutFiles:
    """Implements `slipway.rollouts.files.RolloutFiles`."""

    def __init__(self, client: Any, model_bucket: str) -> None:
        self._client = client
        self._model_bucket = model_bucket

    def read(self, bucket: str, key: str) -> bytes:
        return read_object(self._client, bucket, key, MAX_READ)

    def write(self, key: str, content: bytes) -> None:
        with aws_errors():
            self._client.put_object(Bucket=self._model_bucket, Key=key, Body=content, ContentType="application/json")
