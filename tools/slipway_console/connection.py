"""The stack that the console shows: found when the page first asks, and again after it was lost."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from slipway_cli.sdk.target import Target

# What the console calls. boto3 does not make clients in several threads at once, so that all are made with the target.
SERVICES = (
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
    """A target that several threads ask for."""

    def __init__(self, find: Callable[[], Target]) -> None:
        self._find = find
        self._lock = Lock()
        self._target: Target | None = None

    def target(self) -> Target:
        """Return the target. Raises what finding it raises, and tries again when it is next asked."""
        with self._lock:
            if self._target is None:
                found = self._find()
                for service in SERVICES:
                    found.client(service)
                self._target = found
            return self._target

    def forget(self) -> None:
        """Find the target anew next time: a local stack that was started again is at another address."""
        with self._lock:
            self._target = None
