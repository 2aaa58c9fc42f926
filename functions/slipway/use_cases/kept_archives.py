"""Where the archive of each model is kept, so that it can be loaded as long as the model exists."""

from __future__ import annotations

from typing import Protocol

from slipway.domain.plan import Artifact


class KeptArchives(Protocol):
    """The stack's own copies of what is deployed, one for each model, under keys that nobody uploads to.

    SageMaker loads whatever lies under a key when an instance starts, and takes no S3 version: without a copy, the next
    upload to the same key would leave a rollback, or an endpoint that scales out, with nothing to load.
    """

    def keep(self, artifact: Artifact, key: str) -> str:
        """Copy the inspected archive to the key, unless it is there already, and return the copy's ETag.

        Raises `ArtifactReplaced` when the archive is no longer the inspected one, `ArtifactNotFound` and
        `ArtifactAccessDenied`.
        """

    def forget(self, key: str) -> None:
        """Delete a copy; one that does not exist is no error."""
