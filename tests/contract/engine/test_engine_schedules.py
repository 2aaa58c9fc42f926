"""EventBridge Scheduler fires into Lambda, at a pace that a test can wait for."""

from __future__ import annotations

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
    settings = f"{laptop.url}/_slipway/sagemaker/settings"

    httpx.put(settings, json={"ScheduleScale": 0.005}).raise_for_status()
    laptop.client("scheduler").create_schedule(
        Name="often",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": role, "Input": '{"run": "first"}'},
    )

    wait_until(lambda: laptop.client("s3").list_objects_v2(Bucket="fired").get("KeyCount"))
    httpx.put(settings, json={"ScheduleScale": 1.0}).raise_for_status()
    laptop.client("scheduler").delete_schedule(Name="often")
