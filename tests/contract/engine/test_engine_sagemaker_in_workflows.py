"""`arn:aws:states:::aws-sdk:sagemaker:*` in a state machine, named and shaped as on AWS."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
from tests.contract.engine.laptop import Laptop

SDK = "arn:aws:states:::aws-sdk:sagemaker:"


def call(operation: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"{SDK}{operation}", "Arguments": arguments, "End": True}


def order(laptop: Laptop, **fault: str) -> None:
    assert httpx.post(f"{laptop.url}/_slipway/sagemaker/faults", json=fault).status_code == 201


def test_a_missing_endpoint_is_a_sagemaker_exception_with_awss_text(laptop: Laptop, role: str) -> None:
    failed = laptop.run(role, "missing", Describe=call("describeEndpoint", EndpointName="missing"))

    assert failed["error"] == "SageMaker.SageMakerException"
    assert 'Could not find endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/missing"' in failed["cause"]


def test_a_modelled_error_has_its_own_name(laptop: Laptop, role: str, echo: str) -> None:
    order(laptop, Fault="ResourceLimitExceeded", Operation="CreateEndpoint", EndpointName="one-too-many")

    failed = laptop.run(
        role, "limit", Create=call("createEndpoint", EndpointName="one-too-many", EndpointConfigName=echo)
    )

    assert failed["error"] == "SageMaker.ResourceLimitExceededException"
    assert "ml.m5.xlarge for endpoint usage" in failed["cause"]


def test_a_throttled_call_is_a_sagemaker_exception(laptop: Laptop, role: str, echo: str) -> None:
    order(laptop, Fault="Throttle", Operation="DescribeEndpoint", EndpointName="throttled")

    failed = laptop.run(role, "throttled", Describe=call("describeEndpoint", EndpointName="throttled"))

    assert failed["error"] == "SageMaker.SageMakerException"
    assert "Rate exceeded" in failed["cause"]


def test_times_are_iso_strings(laptop: Laptop, role: str, echo: str) -> None:
    done = laptop.run(role, "describes", Describe=call("describeEndpoint", EndpointName=echo))

    endpoint = json.loads(done["output"])
    image = endpoint["ProductionVariants"][0]["DeployedImages"][0]
    assert endpoint["EndpointStatus"] == "InService"
    for moment in (endpoint["CreationTime"], endpoint["LastModifiedTime"], image["ResolutionTime"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment)
