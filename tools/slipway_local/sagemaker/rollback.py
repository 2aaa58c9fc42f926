"""What puts an update back while its traffic moves: the alarms of its DeploymentConfig, and the time that it may take.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html: SageMaker watches the alarms
of AutoRollbackConfiguration until the baking period is over, and rolls back when one of them is in ALARM. The texts of
the reasons are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.ports import Alarms, HostingFailed

LOOK_EVERY = 60.0  # seconds of SageMaker's clock: alarms are evaluated each minute
LIMIT = "MaximumExecutionTimeoutInSeconds"

Sleep = Callable[[float], None]


class NoAlarms:
    """An account without alarms."""

    def in_alarm(self, names: list[str]) -> list[str]:
        """See the port."""
        del names
        return []


class Rollback:
    """Watches one update.

    Its time is what is accounted for, CreationSeconds and the waits, and not what has passed: on a scaled clock, the
    second that a container really takes would be many minutes.
    """

    def __init__(self, config: Mapping[str, Any] | None, alarms: Alarms, spent: float, sleep: Sleep) -> None:
        config = config or {}
        policy = config.get("BlueGreenUpdatePolicy") or config.get("RollingUpdatePolicy") or {}
        self._names = [one["AlarmName"] for one in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
        self._limit = policy.get(LIMIT)
        self._alarms = alarms
        self._spent = spent
        self._sleep = sleep

    def wait(self, seconds: float) -> None:
        """Let a stage of the update pass. Raises `HostingFailed` with the reason to roll back."""
        self.look()
        while seconds > 0:
            step = min(seconds, LOOK_EVERY) if self._names else seconds
            self._sleep(step)
            self._spent += step
            seconds -= step
            self.look()

    def look(self) -> None:
        """Raise `HostingFailed` if there is a reason to roll back."""
        if self._limit is not None and self._spent > self._limit:
            raise HostingFailed(f"The deployment was rolled back: it took longer than {LIMIT} ({self._limit}).")
        ringing = self._alarms.in_alarm(self._names) if self._names else []
        if ringing:
            raise HostingFailed(f"The deployment was rolled back: in ALARM are {', '.join(sorted(ringing))}.")
