"""Why deployments fail: each cause by name, how it is recognised, and the remedy in one sentence.

A cause is found in the error, in SageMaker's FailureReason, or in the container's own log lines; the first that
matches wins, so the specific ones stand first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """One cause: `reason` is searched in error and FailureReason, `log` in each line; none matches all."""

    name: str
    hint: str
    reason: str = ""
    log: str = ""

    def matches(self, reason: str, lines: Sequence[str]) -> bool:
        """Say whether everything this cause asks for is there."""
        in_reason = bool(re.search(self.reason, reason))
        return in_reason and (not self.log or any(re.search(self.log, line) for line in lines))


PING = "did not pass the ping health check"

CAUSES = (
    Cause(
        "ContainerImportError",
        "Add the missing module to code/requirements.txt, or use an image that brings it.",
        PING,
        r"ModuleNotFoundError|ImportError|No module named",
    ),
    Cause(
        "ContainerOutOfMemory",
        "Choose an instance type with more memory, or load a smaller model.",
        PING,
        r"MemoryError|OutOfMemoryError|out of memory|Out of memory|OOM|signal 9|SIGKILL",
    ),
    Cause(
        "ContainerFailedPing",
        "Read the log lines: the container must answer GET /ping with 200 on port 8080; if it only needs longer, raise "
        "ContainerStartupHealthCheckTimeoutInSeconds.",
        PING,
    ),
    Cause(
        "ArtifactCorrupt",
        "Make the archive again with tar -czf model.tar.gz -C <model directory> . and upload it.",
        r"Failed to extract model data archive",
    ),
    Cause(
        "ArtifactMissing",
        "Upload the archive again, and do not overwrite or delete it while it is being deployed.",
        r"[Cc]ould not find model data|Failed to download model data",
    ),
    Cause(
        "CapacityUnavailable",
        "Deploy again later, in another region, or give InstancePools with several instance types to fall back on.",
        r"InsufficientInstanceCapacity|CapacityError|Unable to provision requested ML compute capacity",
    ),
    Cause(
        "QuotaExceeded",
        'Ask Service Quotas for more of "<instance type> for endpoint usage", or use another InstanceType.',
        r"account-level service limit|QuotaExceeded|ResourceLimitExceeded",
    ),
    Cause(
        "ImageNotFound",
        "Check ImageUri: repository and tag must exist in the endpoint's region and be pullable by the execution role.",
        r"The image '.*' does not exist|cannot pull|does not grant ecr:",
    ),
    Cause(
        "RoleNotAssumable",
        "Let sagemaker.amazonaws.com assume the execution role in its trust policy.",
        r"RoleNotAssumable|Could not assume role",
    ),
    Cause(
        "DeploymentRolledBack",
        "The endpoint serves its previous configuration; read the log lines and the alarms of DeploymentConfig.",
        r"DeploymentRolledBack",
    ),
    Cause(
        "DeadlineExceeded",
        "Raise DeadlineMinutes, or see the endpoint's log for what it is waiting for.",
        r"DeadlineExceeded",
    ),
)
