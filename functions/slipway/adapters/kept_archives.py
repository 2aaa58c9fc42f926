"""The stack's copies of deployed archives in S3, over boto3."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from slipway.adapters.aws_errors import aws_errors
from slipway.domain.plan import Artifact, artifact_uri
from slipway.errors import AccessDenied, ArtifactAccessDenied, ArtifactNotFound, ArtifactReplaced

# In bytes. CopyObject takes 5 GiB (S3 API reference), but answers only when it is done; larger archives are copied in
# parts, side by side, by boto3's own transfer manager.
LARGEST_SINGLE_COPY = 512 * 1024**2
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
REPLACED = frozenset({"412", "PreconditionFailed"})


class Boto3KeptArchives:
    """Implements `slipway.use_cases.kept_archives.KeptArchives`."""

    def __init__(self, client: Any, bucket: str, largest_single_copy: int = LARGEST_SINGLE_COPY) -> None:
        self._client = client
        self._bucket = bucket
        self._largest_single_copy = largest_single_copy

    def keep(self, artifact: Artifact, key: str) -> str:
        """See the port."""
        uri = artifact_uri(artifact)
        try:
            with aws_errors():
                etag = self._etag(key)
                if etag is None:
                    self._copy(artifact, key, uri)
                    etag = self._etag(key)
        except AccessDenied as denied:
            raise ArtifactAccessDenied(
                f"The stack may not copy {uri} ({denied}): allow s3:GetObject on it, and s3:PutObject on {key}."
            ) from denied
        if etag is None:
            raise ArtifactReplaced(f"The copy of {uri} was removed as it was made: deploy again.")
        return etag

    def forget(self, key: str) -> None:
        """See the port."""
        with aws_errors():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _etag(self, key: str) -> str | None:
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return str(found["ETag"]).strip('"')

    def _copy(self, artifact: Artifact, key: str, uri: str) -> None:
        source = {"Bucket": artifact["Bucket"], "Key": artifact["Key"]}
        same = {"CopySourceIfMatch": f'"{artifact["ETag"]}"'}
        try:
            if artifact["Size"] > self._largest_single_copy:
                self._client.copy(source, self._bucket, key, ExtraArgs=same)
            else:
                self._client.copy_object(CopySource=source, Bucket=self._bucket, Key=key, **same)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in REPLACED:
                raise ArtifactReplaced(f"{uri} was overwritten while it was being deployed: deploy again.") from error
            if code in MISSING:
                raise ArtifactNotFound(f"{uri} was deleted while it was being deployed: upload it again.") from error
            raise
