"""The demo's last chapter: an endpoint that nobody uses is deleted, and comes back with one execution."""

from __future__ import annotations

import json
from typing import Any

from slipway_demo.executions import ending, follow
from slipway_demo.telling import Telling
from slipway_local.stack.local_stack import LocalStack
from slipway_local.stack.passing_time import let_pass

TRIAL = "digits-trial"
HOURS = 26  # more than the stack's own window, which is a day
SCALING = {"MinCapacity": 1, "MaxCapacity": 3, "TargetInvocationsPerInstance": 600}


class IdleChapter:
    """A second endpoint beside the one that is used; it is deployed while the other chapters are told."""

    def __init__(self, stack: LocalStack, telling: Telling, used: str) -> None:
        self._stack = stack
        self._telling = telling
        self._used = used
        self._stepfunctions = stack.client("stepfunctions")
        self._sagemaker = stack.client("sagemaker")
        self._deploying = ""

    def begin(self, archive: str) -> None:
        """Start the deployment of an endpoint that nobody is going to use."""
        about = {"EndpointName": TRIAL, "ModelDataUrl": archive, "Framework": "sklearn"}
        self._deploying = self._start({**about, "AutoScaling": SCALING})

    def tell(self) -> None:
        """Let it be idle, let the scheduled function find it, and wake it. Raises `ClaimFailed`."""
        say = self._telling.say
        say(f"\n== Idle cleanup: {TRIAL} was deployed beside it, and nobody has called it")
        for _ in follow(self._stepfunctions, self._deploying):
            pass
        self._telling.check(ending(self._stepfunctions, self._deploying).status == "SUCCEEDED", f"{TRIAL} is InService")
        for name in (TRIAL, self._used):
            let_pass(self._stack, name, HOURS * 60)
        say(f"both are made {HOURS} hours older; the function runs as its schedule would run it")
        report = self._clean_up()
        for verdict, count in report["Verdicts"].items():
            say(f"{count} {verdict}")
        self._telling.check([one["EndpointName"] for one in report["Deleted"]] == [TRIAL], f"{TRIAL} was deleted")
        self._telling.check(self._used in self._names(), f"{self._used}, which was called a moment ago, was not")
        (event,) = report["Deleted"]
        cost, minutes = event["EstimatedCostPerHour"], event["IdleMinutes"]
        say(f"idle for {minutes} minutes, at about ${cost['Amount']:.3f} an hour (prices: {cost['Prices']})")
        self._wake(event["WakeInput"])

    def _wake(self, wake_input: dict[str, str]) -> None:
        self._telling.say(f"to wake it: {json.dumps(wake_input)}")
        end = self._telling.follow(self._start(wake_input))
        self._telling.check(end.output.get("Outcome") == "Redeployed", f"{TRIAL} is back")
        scaling = self._stack.client("application-autoscaling")
        resource = f"endpoint/{TRIAL}/variant/AllTraffic"
        found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[resource])
        bounds = [(one["MinCapacity"], one["MaxCapacity"]) for one in found["ScalableTargets"]]
        self._telling.check(bounds == [(1, 3)], "it is scaled between 1 and 3 instances again")

    def _clean_up(self) -> dict[str, Any]:
        function = self._stack.description.outputs["DeleteIdleEndpointsFunctionName"]
        answer = self._stack.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        return report

    def _names(self) -> list[str]:
        return [one["EndpointName"] for one in self._sagemaker.list_endpoints()["Endpoints"]]

    def _start(self, request: dict[str, Any]) -> str:
        arn = self._stack.description.state_machine_arn
        return str(self._stepfunctions.start_execution(stateMachineArn=arn, input=json.dumps(request))["executionArn"])
