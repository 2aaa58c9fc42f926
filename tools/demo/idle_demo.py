"""An idle endpoint is deleted by idle cleanup, and restored with one execution."""

from __future__ import annotations

import json
from typing import Any

from demo.walkthrough import Walkthrough
from slipway_local.stack.advance_time import advance_time
from slipway_local.stack.local_stack import LocalStack

TRIAL = "digits-trial"
HOURS = 26  # more than the stack's own window, which is a day
SCALING = {"MinCapacity": 1, "MaxCapacity": 3, "TargetInvocationsPerInstance": 600}


class IdleDemo:
    """A second endpoint, which is not used; it is deployed while the rest of the demo runs."""

    def __init__(self, stack: LocalStack, walkthrough: Walkthrough, used: str) -> None:
        self._stack = stack
        self._walkthrough = walkthrough
        self._target = walkthrough.target
        self._used = used
        self._deployment = ""

    def start(self, archive: str) -> None:
        """Start the deployment of the endpoint."""
        request = {"EndpointName": TRIAL, "ModelDataUrl": archive, "Framework": "sklearn", "AutoScaling": SCALING}
        self._deployment = self._walkthrough.start(request)

    def run(self) -> None:
        """Advance the endpoints' age, run idle cleanup, and wake the endpoint. Raises `ClaimFailed`."""
        say, check = self._walkthrough.say, self._walkthrough.check
        say(f"\n== Idle cleanup: {TRIAL} was deployed as well and never invoked")
        trial = self._walkthrough.follow(self._deployment, quietly=True)
        check(trial.status == "SUCCEEDED", f"{TRIAL} is InService")
        for name in (TRIAL, self._used):
            advance_time(self._stack.endpoint_url, name, HOURS * 60)
        say(f"both endpoints are now {HOURS} hours older; the scheduled function runs")
        report = self._clean_up()
        for verdict, count in report["Verdicts"].items():
            say(f"{count} {verdict}")
        check([one["EndpointName"] for one in report["Deleted"]] == [TRIAL], f"{TRIAL} was deleted")
        check(self._used in self._endpoints(), f"{self._used}, which was invoked a moment ago, was kept")
        (event,) = report["Deleted"]
        cost, minutes = event["EstimatedCostPerHour"], event["IdleMinutes"]
        say(f"idle for {minutes} minutes, at about ${cost['Amount']:.3f} an hour (prices: {cost['Prices']})")
        self._wake(event["WakeInput"])

    def _wake(self, wake_input: dict[str, str]) -> None:
        self._walkthrough.say(f"to wake it: {json.dumps(wake_input)}")
        execution = self._walkthrough.follow(self._walkthrough.start(wake_input))
        self._walkthrough.check(execution.outcome == "Redeployed", f"{TRIAL} is back")
        found = self._target.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="sagemaker", ResourceIds=[f"endpoint/{TRIAL}/variant/AllTraffic"]
        )
        bounds = [(one["MinCapacity"], one["MaxCapacity"]) for one in found["ScalableTargets"]]
        self._walkthrough.check(bounds == [(1, 3)], "it is scaled between 1 and 3 instances again")

    def _clean_up(self) -> dict[str, Any]:
        function = self._target.output("DeleteIdleEndpointsFunctionName")
        answer = self._target.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        return report

    def _endpoints(self) -> list[str]:
        return [one["EndpointName"] for one in self._target.client("sagemaker").list_endpoints()["Endpoints"]]
