"""boto3, unmodified, against the local SageMaker Runtime and a real container."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.contract.hosting.conftest import TOOLKIT, Start
from tests.unit.slipway_local.runtime.doubles import FakeEndpoints, RecordedMetrics

from slipway_local.ports import ServingVariant
from slipway_local.runtime.provider import RealTime, SageMakerRuntime

SCRIPT = """
def model_fn(model_dir): return 10
def predict_fn(data, model): return model / data
"""


@pytest.fixture
def variants() -> list[ServingVariant]:
    return []


@pytest.fixture
def client(variants: list[ServingVariant]) -> Iterator[Any]:
    runtime = SageMakerRuntime(
        RealTime(
            FakeEndpoints({"ep": variants}),
            RecordedMetrics(),
            region="us-east-1",
            account_id="123456789012",
            random=Random(1),
        )
    )

    class Mount(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            handled = runtime.handle_request("POST", self.path, dict(self.headers), body, {})
            status, headers, content = asyncio.run(handled)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Mount) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield boto3.client(
            "sagemaker-runtime",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        server.shutdown()


def test_a_prediction_comes_back(client: Any, variants: list[ServingVariant], start: Start) -> None:
    variants.append(ServingVariant("AllTraffic", 1.0, start({"code/inference.py": SCRIPT})))

    answer = client.invoke_endpoint(EndpointName="ep", ContentType="application/json", Body=b"[1, 4]")

    assert json.loads(answer["Body"].read()) == [10.0, 2.5]
    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_a_model_error_has_the_members_of_the_service_model(
    client: Any, variants: list[ServingVariant], start: Start
) -> None:
    script = "def model_fn(d): ...\ndef predict_fn(data, model): raise ValueError('no such feature')\n"
    variants.append(ServingVariant("AllTraffic", 1.0, start({"code/inference.py": script}, image=TOOLKIT)))

    with pytest.raises(client.exceptions.ModelError, match="Received server error \\(500\\) from primary") as failed:
        client.invoke_endpoint(EndpointName="ep", ContentType="application/json", Body=b"[1]")

    response = failed.value.response
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"].startswith("no such feature\nTraceback ")
    assert response["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/ep")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424


def test_an_endpoint_that_does_not_exist_is_a_client_error_named_validation_error(client: Any) -> None:
    with pytest.raises(ClientError) as failed:
        client.invoke_endpoint(EndpointName="other", Body=b"")

    assert failed.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint other of account 123456789012 not found.",
    }


def test_an_oversize_body_is_a_client_error_named_by_its_status(client: Any) -> None:
    with pytest.raises(ClientError) as failed:
        client.invoke_endpoint(EndpointName="ep", Body=bytes(6_291_457))

    assert failed.value.response["Error"] == {
        "Code": "413",
        "Message": "HTTP content length exceeded 6291456 bytes.",
    }
