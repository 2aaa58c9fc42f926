"""What its operator sees: a deployment that fails is measured, raises the alarm, and sends a notification."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for
from tests.integration.test_deploy_endpoint import hosting
from tests.integration.test_idle_cleanup import mailbox

ALARM = "slipway-DeploymentsFailed"


def total(account: Account, metric: str, **dimensions: str) -> float:
    """Return the sum of a metric of the stack over the last ten minutes."""
    now = datetime.now(UTC)
    found = account.client("cloudwatch").get_metric_statistics(
        Namespace="Slipway",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in {"service": "slipway", **dimensions}.items()],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


def alarm(account: Account) -> dict[str, Any]:
    (found,) = account.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    return dict(found)


def notifications(account: Account, queue: str) -> list[dict[str, Any]]:
    """Return the alarm's notifications among the messages of a queue that were not received before."""
    messages = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"])["Message"] for message in messages]
    return [
        notification
        for body in bodies
        if body.startswith("{") and (notification := json.loads(body))["AlarmName"] == ALARM
    ]


def test_outcomes_are_measured_and_a_failure_is_notified(account: Account) -> None:
    name = endpoint_name("measured")
    queue = mailbox(account, name)
    account.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="a new beginning")
    before = {outcome: total(account, "Deployments", Outcome=outcome) for outcome in ("Created", "Failed")}
    uri = account.upload(f"elsewhere/{name}/1.tar.gz", archives.answering(1))
    hosting = {"Framework": "mxnet", "InstanceType": "ml.m5.large"}

    account.deploy({"EndpointName": name, "ModelDataUrl": uri, **hosting})
    ended = account.run({"EndpointName": name, "ModelDataUrl": uri, **hosting, "InstanceTipe": "ml.m5.large"})

    assert ended.error == "FieldUnknown"
    wait_for(lambda: total(account, "Deployments", Outcome="Failed") > before["Failed"] or None)
    wait_for(lambda: total(account, "Deployments", Outcome="Created") > before["Created"] or None)
    assert total(account, "DeploymentsFailed") >= 1
    assert total(account, "FailuresByError", Error="FieldUnknown") >= 1
    assert total(account, "DeploymentSeconds", Outcome="Created") > 0
    wait_for(lambda: True if alarm(account)["StateValue"] == "ALARM" else None)
    notification = wait_for(lambda: next(iter(notifications(account, queue)), None))
    assert notification["NewStateValue"] == "ALARM"


def test_the_dashboard_is_there_with_everything_substituted(account: Account) -> None:
    body = account.client("cloudwatch").get_dashboard(DashboardName="slipway")["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    assert "${" not in body.replace("${PROP(", "")
    arns = widgets[0]["properties"]["alarms"]
    there = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    # Those below slipway/ are endpoints' own, for scaling and for updates; and a test of promotion has a second stack.
    assert sorted(arns) == sorted(one["AlarmArn"] for one in there if one["AlarmName"].startswith("slipway-"))


def test_alarms_of_the_deployment_fire_and_roll_the_update_back(account: Account) -> None:
    name = endpoint_name("watched")
    uris = [
        account.upload(f"elsewhere/{name}/{version}.tar.gz", archive)
        for version, archive in enumerate((archives.answering(2), archives.failing()))
    ]
    account.deploy(hosting(name, uris[0]))
    at_once = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    policy = {"TrafficRoutingConfiguration": at_once, "TerminationWaitInSeconds": 3600}  # more than the alarms need

    update = account.start(
        hosting(name, uris[1]) | {"DeploymentConfig": {"ManagedAlarms": True, "BlueGreenUpdatePolicy": policy}}
    )
    while account.stepfunctions.describe_execution(executionArn=update)["status"] == "RUNNING":
        with suppress(account.runtime.exceptions.ModelError):
            account.invoke(name, [1])

    ended = account.end_of(update)
    assert (ended.status, ended.error) == ("FAILED", "DeploymentRolledBack")
    alarms = {alarm["AlarmName"]: alarm for alarm in ended.explanation["FiredAlarms"]}
    fired = alarms[f"slipway/{name}/AllTraffic/InvocationModelErrors"]
    assert (fired["Threshold"], fired["Values"][0] > fired["Threshold"]) == (0.05, True)
    assert f"{fired['AlarmName']} ({fired['Reason']})" in ended.explanation["Message"]
    assert account.invoke(name, [1])["factor"] == 2
