"""The seed's own deployment, with a real detector: its input, its bucket, MXNet, pictures in and boxes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from demo.vision_demo import DRAWN, VisionDemo
from tests.contract.hosting.runtime_environments import needs
from tests.fixtures.vehicle_rears.pictures import picture
from tests.fixtures.vehicle_rears.scoring import score
from tests.integration.deployments import Account, endpoint_name

if TYPE_CHECKING:
    from slipway_local.stack.local_stack import LocalStack

ROOT = Path(__file__).parents[2]
SEED = json.loads((ROOT / "events" / "executions" / "seed_object_detection.json").read_text(encoding="utf-8"))
ARCHIVE = ROOT / "tests" / "fixtures" / "vehicle-rears.tar.gz"
HELD_OUT = range(100_000, 100_010)


@pytest.mark.full
@needs("mxnet")
def test_a_detector_is_deployed_with_the_seeds_input_and_finds_vehicles(account: Account) -> None:
    # Given the model where the seed's input says that it is, and a picture to try it with
    name = endpoint_name("vehicle-rears")
    uri = account.upload(f"{name}/model.tar.gz", ARCHIVE.read_bytes(), bucket="amzn-models")
    payload = account.upload(f"payloads/{name}.jpg", picture(HELD_OUT[0]).jpeg)

    # When it is deployed
    smoke_test = {"PayloadUrl": payload, "ContentType": "image/jpeg"}
    output = account.deploy(SEED | {"EndpointName": name, "ModelDataUrl": uri, "SmokeTest": smoke_test})

    # Then the built-in algorithm's image serves it, and it answered the smoke test
    assert output["ImageUri"].endswith("/object-detection:latest")
    (answered,) = output["SmokeTest"]["Samples"]
    assert (answered["Status"], answered["ContentType"]) == (200, "application/json")

    # And it finds what is on pictures that it has not seen
    seen = [picture(number) for number in HELD_OUT]
    result = score([(one.vehicles, _rows(account, name, one.jpeg)) for one in seen])
    assert result.precision >= 0.9, result
    assert result.recall >= 0.9, result

    # And what is no picture is the client's error, which the endpoint's log has
    with pytest.raises(account.runtime.exceptions.ModelError) as refused:
        account.runtime.invoke_endpoint(EndpointName=name, ContentType="image/png", Body=b"no picture")
    assert refused.value.response["OriginalStatusCode"] == 400
    assert refused.value.response["OriginalMessage"] == "unable to evaluate payload provided"
    logs = account.client("logs").filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    assert any("10 bytes with content type image/png is no image" in event["message"] for event in logs["events"])


@pytest.mark.full
@needs("mxnet")
def test_the_vision_demo_holds_all_that_it_claims(account: Account, tmp_path: Path) -> None:
    said: list[str] = []

    VisionDemo(cast("LocalStack", account), tmp_path, said.append, EndpointName=endpoint_name("demo-vision")).run()

    assert sum(line.startswith("  ok  ") for line in said) == 5
    assert DRAWN.read_bytes().startswith(b"\x89PNG")


def _rows(account: Account, name: str, jpeg: bytes) -> list[list[float]]:
    answer = account.runtime.invoke_endpoint(EndpointName=name, ContentType="image/jpeg", Body=jpeg)
    assert answer["ContentType"] == "application/json"
    rows: list[list[float]] = json.loads(answer["Body"].read())["prediction"]
    return rows
