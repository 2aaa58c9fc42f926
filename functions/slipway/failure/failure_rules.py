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
    """One cause: `reason` is searched in error and FailureReason, `log` in each line; none matches all.

    `is_silent` asks for a log without a line: no container has started, or none has come to say anything.
    """

    name: str
    hint: str
    reason: str = ""
    log: str = ""
    is_silent: bool = False

    def matches(self, reason: str, lines: Sequence[str]) -> bool:
        """Say whether everything this cause asks for is there."""
        if not re.search(self.reason, reason) or (self.is_silent and lines):
            return False
        return not self.log or any(re.search(self.log, line) for line in lines)


PING = "did not pass the ping health check"

# Names that are not ours to give: Step Functions' own, and exceptions that only a bug lets out of a function.
FOREIGN = (
    Cause(
        "AccessDenied",
        "Allow the role that the message names to do what it names.",
        r"^\w+\.\w+: .*is not authorized to perform",
    ),
    Cause(
        "ServiceThrottled",
        "Deploy again later, or ask AWS for a higher rate of the calls that the message names.",
        r"^\w+\.\w+: .*Rate exceeded",
    ),
    Cause(
        "FunctionStopped",
        "Look into the log of the state's function: it ran out of time or memory, again and again.",
        r"^(Sandbox\.Timedout|Runtime\.ExitError|Lambda\.Unknown|States\.Timeout):",
    ),
    Cause(
        "EndpointDeleted",
        "Deploy again, unless that was meant: somebody deleted the endpoint while it was being deployed.",
        r'^SageMaker\.\w+: Could not find endpoint "',
    ),
    Cause(
        "UnexpectedError",
        "Deploy again; if it comes back, report it with the execution's history, which shows the state it came from.",
        r"^(\w+\.\w+|\w+(Error|Exception|Exit)):",
    ),
)

CAUSES = (
    # First, because it quotes the model's own words.
    Cause(
        "SmokeTestFailed",
        "Read the answer and the log lines, mend the model or the sample, and deploy again; what served before serves "
        "again, unless Resources.Kept names what this deployment made.",
        r"^SmokeTestFailed:",
    ),
    Cause(
        "ScalingFailed",
        "Correct AutoScaling or the workflow's permissions and deploy the same again; a new endpoint was removed, one "
        "that was there before serves the new version with the scaling that it had.",
        r"^ScalingFailed:",
    ),
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
        r"MemoryError|std::bad_alloc|OutOfMemoryError|out of memory|Out of memory|OOM|signal 9|SIGKILL",
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
        "StuckCreating",
        "Deploy under another EndpointName or with another InstanceType, and check that the subnets of VpcConfig reach "
        "S3 and ECR; AWS Support can end a creation that SageMaker does not end by itself within a day.",
        # The workflow's own words: IsEndpointInService.
        r"DeadlineExceeded: The endpoint was still Creating at .* never changed anything about it",
        is_silent=True,
    ),
    Cause(
        "DeadlineExceeded",
        "Raise DeadlineMinutes, or see the endpoint's log for what it is waiting for.",
        r"DeadlineExceeded",
    ),
    *FOREIGN,
)
