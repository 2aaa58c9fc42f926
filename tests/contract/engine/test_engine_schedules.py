"""EventBridge Scheduler fires into Lambda and Step Functions, at a pace that a test can wait for."""

from __future__ import annotations

import json

import httpx
from tests.contract.engine.laptop import Laptop, wait_until

CODE = """
import os, boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="fired", Key=event["run"])
"""


def test_a_schedule_of_a_minute_fires_in_a_fraction_of_a_second(laptop: Laptop, role: str) -> None:
    laptop.client("s3").create_bucket(Bucket="fired")
    function = laptop.function("fired", role, CODE)
    definition = json.dumps({"StartAt": "Ran", "States": {"Ran": {"Type": "Succeed"}}})
    stepfunctions = laptop.client("stepfunctions")
    machine = stepfunctions.create_state_machine(name="nightly", definition=definition, roleArn=role)["stateMachineArn"]
    settings = f"{laptop.url}/_slipway/sagemaker/settings"

    httpx.put(settings, json={"ScheduleScale": 0.005}).raise_for_status()
    for name, arn in (("often", function), ("nightly", machine)):
        laptop.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": role, "Input": '{"run": "first"}'},
        )

    wait_until(lambda: laptop.client("s3").list_objects_v2(Bucket="fired").get("KeyCount"))
    wait_until(lambda: stepfunctions.list_executions(stateMachineArn=machine)["executions"])
    httpx.put(settings, json={"ScheduleScale": 1.0}).raise_for_status()
    for name in ("often", "nightly"):
        laptop.client("scheduler").delete_schedule(Name=name)
    started = stepfunctions.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    assert json.loads(stepfunctions.describe_execution(executionArn=started)["input"]) == {"run": "first"}
