"""The stack's copies of deployed archives in S3, over boto3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors
from slipway.deployment.plan import Artifact, artifact_uri
from slipway.errors import AccessDenied, ArtifactAccessDenied, ArtifactNotFound, ArtifactReplaced

# In bytes. CopyObject takes 5 GiB (S3 API reference), but answers only when it is done; larger archives are copied in
# parts, side by side, by boto3's own transfer manager.
MAX_SINGLE_COPY = 512 * 1024**2
# Connections, and bytes of a part: one connection copies 5 to 11 MB a second in the reports behind
# `slipway.deployment.plan.MAX_COPIED`, so a part is copied before the client's read timeout.
IN_PARALLEL = 100
PART = 64 * 1024**2
MAX_CONTAINERS = 15  # of a model (service model, ContainerDefinitionList)
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
REPLACED = frozenset({"412", "PreconditionFailed"})


class ModelArchives(Protocol):
    """The stack's own copies of what is deployed, one for each model, under keys that no user uploads to.

    SageMaker loads what is under a key when an instance starts, and takes no S3 version: without a copy, the next
    upload to the same key would leave a rollback, or an endpoint that scales out, with nothing to load.
    """

    def store(self, artifact: Artifact, key: str) -> str:
        """Copy the inspected archive to the key, unless it is there already, and return the copy's ETag.

        Raises `ArtifactReplaced` when the archive is no longer the inspected one, `ArtifactNotFound` and
        `ArtifactAccessDenied`.
        """

    def delete(self, key: str) -> None:
        """Delete a copy; one that does not exist is no error."""


class Boto3ModelArchives:
    """Implements `slipway.aws.model_archives.ModelArchives`."""

    def __init__(self, client: Any, bucket: str, max_single_copy: int = MAX_SINGLE_COPY) -> None:
        self._client = client
        self._bucket = bucket
        self._max_single_copy = max_single_copy

    def store(self, artifact: Artifact, key: str) -> str:
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

    def delete(self, key: str) -> None:
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
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - no handler waits for boto3 at its import

        source = {"Bucket": artifact["Bucket"], "Key": artifact["Key"]}
        # CopyObject copies tags by default, and then needs s3:GetObjectTagging and s3:PutObjectTagging; a
        # copy in parts never has them (S3 API reference, CopyObject: TaggingDirective).
        same = {"CopySourceIfMatch": f'"{artifact["ETag"]}"', "TaggingDirective": "REPLACE"}
        transfer = TransferConfig(max_concurrency=IN_PARALLEL, multipart_chunksize=PART)
        try:
            if artifact["Size"] > self._max_single_copy:
                self._client.copy(source, self._bucket, key, ExtraArgs=same, Config=transfer)
            else:
                self._client.copy_object(CopySource=source, Bucket=self._bucket, Key=key, **same)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in REPLACED:
                raise ArtifactReplaced(f"{uri} was overwritten while it was being deployed: deploy again.") from error
            if code in MISSING:
                raise ArtifactNotFound(f"{uri} was deleted while it was being deployed: upload it again.") from error
            raise


def model_archive_keys(model_name: str, containers: int) -> list[str]:
    """Return the keys, in the model bucket, of what a model of so many containers loads, as long as it exists."""
    if containers == 1:
        return [f"deployed/{model_name}/model.tar.gz"]
    return [f"deployed/{model_name}/{position}/model.tar.gz" for position in range(1, containers + 1)]


def keys_of_model(model_name: str, description: Mapping[str, Any] | None) -> list[str]:
    """Return the keys of what a described model loads; of one that is gone, every key that it may have had."""
    if description is None:
        return [*model_archive_keys(model_name, 1), *model_archive_keys(model_name, MAX_CONTAINERS)]
    return model_archive_keys(model_name, len(description.get("Containers", [{}])))
