"""Which alarms fired while an endpoint was updated, and at what values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from slipway.deployment.plan import Plan
from slipway.errors import AwsRefused, NotYet
from slipway.failure.explain_failure import Failure, FiredAlarm
from slipway.failure.other_config import ROLLED_BACK

# The changes of an alarm's state (name, since), newest first, as DescribeAlarmHistory gives them.
AlarmHistory = Callable[[str, datetime], Sequence[Mapping[str, Any]]]
MAX_REASON = 300  # characters
MAX_VALUES = 10


def with_fired_alarms(
    failure: Failure, plan: Plan | None, managed: Sequence[str], since: str, history: AlarmHistory
) -> tuple[Failure, list[FiredAlarm]]:
    """Return the failure of an update that was rolled back, with the alarms that fired; any other one as it is."""
    if failure["Error"] != ROLLED_BACK or plan is None:
        return failure, []
    own = plan.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    names = dict.fromkeys([*(alarm["AlarmName"] for alarm in own), *managed])
    fired = list(_fired(names, datetime.fromisoformat(since.replace("Z", "+00:00")), history))
    if not fired:
        return failure, []
    said = "; ".join(f"{alarm['AlarmName']} ({alarm['Reason']})" for alarm in fired)
    return {**failure, "Cause": f"{failure['Cause'].rstrip('.')}. Alarms that fired: {said}."}, fired


def _fired(names: Mapping[str, None], since: datetime, history: AlarmHistory) -> Iterator[FiredAlarm]:
    for name in names:
        try:
            changes = history(name, since)
        except (AwsRefused, NotYet):
            continue  # an alarm that may not be read says nothing
        states = (json.loads(change.get("HistoryData", "{}")).get("newState", {}) for change in changes)
        state = next((state for state in states if state.get("stateValue") == "ALARM"), None)
        if state is not None:
            reason = str(state.get("stateReason", "")).rstrip(".")[:MAX_REASON]
            # The form is that of the AWS CLI's example of describe-alarm-history; SetAlarmState gives data of its own.
            data = state.get("stateReasonData") or {}
            values = list(data.get("recentDatapoints", []))[-MAX_VALUES:]
            yield FiredAlarm(AlarmName=name, Reason=reason, Values=values, Threshold=data.get("threshold"))
