"""On the real stack: the schedule fires by itself, the idle endpoint goes, the busy one stays, and what went wakes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway_local.stack.advance_time import advance_time
from tests.integration import archives
from tests.integration.control import order, set_schedule_scale
from tests.integration.deployments import Account, endpoint_name, wait_for
from tests.integration.test_scaling import BOUNDS, HOSTING, targets

HOURS = 3
WINDOW = 60  # minutes
NEVER = 1000.0
# Tags are asked for twice before anything is deleted: of what earlier runs deleted, and of what is in scope.
FAULTS = tuple(
    {"Fault": "AccessDenied", "Operation": operation, "Count": count}
    for operation, count in (
        ("GetMetricData", 1),
        ("ListMetrics", 1),
        ("GetResources", 2),
        ("ListEndpoints", 1),
        ("DescribeEndpoint", 1),
        ("AddTags", 1),
    )
)
# Real seconds for each second of a schedule: every five minutes is every fifteen seconds, so that a run has ended
# before the next one begins, on a busy machine too. The first begins at once if the schedule has rested for longer.
FAST = 0.05


def deployed(account: Account, name: str, **fields: Any) -> dict[str, Any]:
    """Deploy a model that multiplies by two; return the output."""
    uri = account.upload(f"elsewhere/{name}/2.tar.gz", archives.answering(2))
    request = {"EndpointName": name, "ModelDataUrl": uri, "Framework": "mxnet"}
    return account.deploy({**request, **HOSTING, "IdleAfterMinutes": WINDOW, **fields})


def is_there(account: Account, name: str) -> bool:
    return name in account.made_for(name)["Endpoints"]


def mailbox(account: Account, name: str) -> str:
    """Return the URL of a queue that gets what the stack's topic is sent."""
    sqs, sns = account.client("sqs"), account.client("sns")
    queue = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**sender, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    topic = account.description.outputs["NotificationTopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def notification_about(account: Account, queue: str, name: str) -> str | None:
    """Return the notification that names an endpoint among what a queue holds; others are of other runs."""
    messages = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    bodies = (str(json.loads(message["Body"])["Message"]) for message in messages)
    return next((body for body in bodies if f"The endpoint {name} was deleted" in body), None)


@pytest.mark.alone
def test_the_schedule_deletes_what_is_idle_and_it_wakes_as_it_was(account: Account) -> None:
    # The stack's own schedule must not come between: it rests while its runs are ordered by hand.
    set_schedule_scale(account, NEVER)
    idle, busy, precious = (endpoint_name(stem) for stem in ("idle", "busy", "precious"))
    config = deployed(account, idle, AutoScaling=BOUNDS)["EndpointConfigName"]
    deployed(account, busy)
    deployed(account, precious, Protected=True)
    account.invoke(busy, [1])
    queue = mailbox(account, idle)
    for name in (idle, busy, precious):
        advance_time(account.endpoint_url, name, HOURS * 60)
    nothing_goes_while_something_cannot_be_read(account, idle)
    set_schedule_scale(account, FAST)

    wait_for(lambda: None if is_there(account, idle) else True)

    set_schedule_scale(account, 1.0)
    assert is_there(account, busy)
    assert is_there(account, precious)
    assert targets(account, idle) == []
    found = account.made_for(idle)
    assert (found["EndpointConfigs"], len(found["Models"])) == ([config], 1)
    assert f"slipway wake {idle}" in wait_for(lambda: notification_about(account, queue, idle))

    woken = account.deploy({"EndpointName": idle, "EndpointConfigName": config})

    assert woken["Outcome"] == "Redeployed"
    assert account.invoke(idle, [1, 2])["sum"] == 6
    (target,) = targets(account, idle)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    report = invoked_by_hand(account)
    assert (report["IsComplete"], report["Deleted"]) == (True, [])


def nothing_goes_while_something_cannot_be_read(account: Account, name: str) -> None:
    """Order a fault of each kind in turn, and run idle cleanup by hand; its schedule rests meanwhile."""
    for fault in FAULTS:
        order(account, **fault)
        report = invoked_by_hand(account)
        assert report["Deleted"] == [], fault
        assert is_there(account, name)
    order(account, Fault="PartialData", Operation="GetMetricData", EndpointName=name)
    assert invoked_by_hand(account)["Verdicts"]["MetricsUnknown"] >= 1
    assert is_there(account, name)


def invoked_by_hand(account: Account) -> dict[str, Any]:
    """Run idle cleanup at once; return its report."""
    function = account.description.outputs["DeleteIdleEndpointsFunctionName"]
    answer = account.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" not in answer
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    return report
