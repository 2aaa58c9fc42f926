"""boto3, unmodified, against the local SageMaker Runtime and a real container."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from tests.contract.hosting.conftest import TOOLKIT, Start
from tests.processes import TIMEOUT
from tests.unit.slipway_local.runtime.doubles import FakeEndpoints, RecordedMetrics

from slipway_local.ports import Answer, Invocation, ServingVariant, StreamedAnswer
from slipway_local.runtime.provider import RealTime, SageMakerRuntime
from slipway_local.runtime.streaming import stream_response

SCRIPT = """
def model_fn(model_dir): return 10
def predict_fn(data, model): return model / data
"""


@pytest.fixture
def variants() -> list[ServingVariant]:
    return []


@pytest.fixture
def client(variants: list[ServingVariant]) -> Iterator[Any]:
    real_time = RealTime(
        FakeEndpoints({"ep": variants}),
        RecordedMetrics(),
        region="us-east-1",
        account_id="123456789012",
        random=Random(1),
    )
    runtime = SageMakerRuntime(real_time.invoke, streaming=partial(stream_response, real_time))

    class Mount(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            handled = runtime.handle_request("POST", self.path, dict(self.headers), body, {})
            status, headers, content = asyncio.run(handled)
            self.send_response(status)
            chunks = iter([content]) if isinstance(content, bytes) else content
            for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
                self.send_header(name, value)
            self.end_headers()
            for chunk in chain(filter(None, chunks), [b""]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Mount) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = boto3.client(
            "sagemaker-runtime",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield made
        made.close()
        server.shutdown()


def test_a_prediction_comes_back(client: Any, variants: list[ServingVariant], start: Start) -> None:
    variants.append(ServingVariant("AllTraffic", 1.0, start({"code/inference.py": SCRIPT}, image=TOOLKIT)))

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


class Writing:
    """A container that writes each part of its answer when the last one was read."""

    def __init__(self, *parts: bytes | OSError, status: int = 200) -> None:
        self._parts = parts
        self._status = status
        self.read = threading.Semaphore(1)

    def invoke(self, invocation: Invocation) -> Answer:
        raise AssertionError(invocation)

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        return StreamedAnswer(self._status, self._written(invocation.body), "text/plain", "trace=1")

    def _written(self, body: bytes) -> Iterator[bytes]:
        for part in (body, *self._parts):
            assert self.read.acquire(timeout=TIMEOUT), "the part before was not sent when it was written"
            if isinstance(part, OSError):
                raise part
            yield part

    def utilization(self) -> None: ...

    def stop(self) -> None: ...


def test_each_part_of_a_response_is_sent_when_the_container_writes_it(
    client: Any, variants: list[ServingVariant]
) -> None:
    container = Writing(b"second", b"third")
    variants.append(ServingVariant("AllTraffic", 1.0, container))

    answer = client.invoke_endpoint_with_response_stream(EndpointName="ep", Body=b"first", Accept="text/plain")
    parts = []
    for event in answer["Body"]:
        parts.append(event["PayloadPart"]["Bytes"])
        container.read.release()

    assert parts == [b"first", b"second", b"third"]
    assert (answer["ContentType"], answer["CustomAttributes"]) == ("text/plain", "trace=1")
    assert answer["InvokedProductionVariant"] == "AllTraffic"


@pytest.mark.parametrize(
    ("error", "message"),
    [(ConnectionResetError("gone"), "broke off: gone"), (TimeoutError(), "did not go on with its response in time")],
)
def test_a_response_that_breaks_off_ends_with_a_model_stream_error(
    client: Any, variants: list[ServingVariant], error: OSError, message: str
) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
    container = Writing(error)
    container.read.release()
    variants.append(ServingVariant("AllTraffic", 1.0, container))

    answer = client.invoke_endpoint_with_response_stream(EndpointName="ep", Body=b"first")
    events = iter(answer["Body"])

    assert next(events)["PayloadPart"]["Bytes"] == b"first"
    with pytest.raises(EventStreamError, match=message) as failed, closing(answer["Body"]):
        next(events)
    assert failed.value.response["Error"]["Code"] == "ModelStreamError"


def test_a_model_error_comes_in_place_of_a_stream(client: Any, variants: list[ServingVariant]) -> None:
    container = Writing(status=500)
    variants.append(ServingVariant("AllTraffic", 1.0, container))

    with pytest.raises(client.exceptions.ModelError, match="Received server error \\(500\\) from primary"):
        client.invoke_endpoint_with_response_stream(EndpointName="ep", Body=b"no such feature")


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
