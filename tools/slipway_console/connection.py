"""The stack that the console shows: found at the first request, and again after the connection was lost."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from slipway_cli.sdk.target import Target

# The services that the console calls. boto3 is not safe for creating clients in threads, so all are created at once.
SERVICES = (
    "application-autoscaling",
    "cloudformation",
    "cloudwatch",
    "logs",
    "resourcegroupstaggingapi",
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "stepfunctions",
)


class Connection:
    """A target that several threads use."""

    def __init__(self, find: Callable[[], Target]) -> None:
        self._find = find
        self._lock = Lock()
        self._target: Target | None = None

    def target(self) -> Target:
        """Return the target. Raises what `find` raises, and the next call tries again."""
        with self._lock:
            if self._target is None:
                found = self._find()
                for service in SERVICES:
                    found.client(service)
                self._target = found
            return self._target

    def reset(self) -> None:
        """Find the target again at the next call: a local stack that was restarted has another address."""
        with self._lock:
            self._target = None
