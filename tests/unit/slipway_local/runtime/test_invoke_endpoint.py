from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics

from slipway_local.ports import Answer, AsyncHosting, Invocation, ModelMissing, ServingVariant
from slipway_local.runtime.errors import MAX_BODY, Response
from slipway_local.runtime.provider import RealTime, SageMakerRuntime

GOOD = Answer(200, b"[1]", "application/json")
PATH = "/endpoints/ep/invocations"
CONSOLE = (
    "See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
    "#logEventViewer:group=/aws/sagemaker/Endpoints/ep in account 123456789012 for more information."
)


def variant(answer: Answer | Exception = GOOD, name: str = "AllTraffic", weight: float = 1.0) -> ServingVariant:
    return ServingVariant(name, weight, FakeContainer(answer))


def asked(of: ServingVariant) -> list[Invocation]:
    assert isinstance(of.container, FakeContainer)
    return of.container.asked


class World:
    """A runtime whose clock goes on by one second at every look."""

    def __init__(self, *variants: ServingVariant) -> None:
        self.endpoints = FakeEndpoints({"ep": list(variants), "creating": []})
        self.metrics = RecordedMetrics()
        ticks = count()
        self.runtime = SageMakerRuntime(
            RealTime(
                self.endpoints,
                self.metrics,
                region="us-east-1",
                account_id="123456789012",
                random=Random(7),
                seconds=lambda: float(next(ticks)),
                aside=lambda job: job(),
            ).invoke
        )

    def ask(self, path: str = PATH, body: bytes = b"[0]", method: str = "POST", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.runtime.answer(method, path, named, body)

    def error(self, path: str = PATH, method: str = "POST", **headers: str) -> tuple[int, str, dict[str, Any]]:
        status, answered, body = self.ask(path, b"", method, **headers)
        return status, answered["x-amzn-ErrorType"], json.loads(body)


def test_the_containers_answer_is_the_clients() -> None:
    serving = variant(Answer(200, b"\xff\xd8", "image/jpeg", "trace=7"))

    status, headers, body = World(serving).ask(
        body=b"1,2",
        Content_Type="text/csv",
        Accept="image/jpeg",
        X_Amzn_SageMaker_Custom_Attributes="in",
        X_Amzn_SageMaker_Inference_Id="id-7",
    )

    assert (status, body) == (200, b"\xff\xd8")
    assert headers == {
        "Content-Type": "image/jpeg",
        "x-Amzn-Invoked-Production-Variant": "AllTraffic",
        "X-Amzn-SageMaker-Custom-Attributes": "trace=7",
    }
    assert asked(serving) == [Invocation(b"1,2", "text/csv", "image/jpeg", "in", "id-7")]


def test_it_answers_as_a_service_of_the_engine() -> None:
    answered = asyncio.run(World(variant()).runtime.handle_request("POST", PATH, {}, b"", {}))

    assert answered[0] == 200


def refused_worlds() -> dict[str, World]:
    asynchronous = World(variant())
    asynchronous.endpoints.hosting["ep"] = AsyncHosting()
    return {
        "plain": World(variant()),
        "many": World(replace(variant(), is_multi_model=True)),
        "direct": World(replace(variant(), hostnames=("one", "other"))),
        "shadowed": World(variant(name="Live"), replace(variant(name="Shadow"), is_shadow=True)),
        "asynchronous": asynchronous,
    }


@pytest.mark.parametrize(
    ("world", "path", "header", "said"),
    [
        ("plain", "/endpoints/unknown/invocations", "", "Endpoint unknown of account 123456789012 not found."),
        ("plain", "/endpoints/creating/invocations", "", "Endpoint creating of account 123456789012 not found."),
        ("plain", PATH, "Target_Variant", "Variant x not found for Request."),
        ("shadowed", PATH, "Target_Variant", "Variant x not found for Request."),
        ("direct", PATH, "", "Endpoint ep is invoked directly: TargetContainerHostname is required."),
        ("direct", PATH, "Target_Container_Hostname", "Container x not found in endpoint ep."),
        # aws/amazon-sagemaker-examples issue 1026 has the end of the text.
        (
            "plain",
            PATH,
            "Target_Model",
            "Endpoint ep is not a multi-model endpoint and does not support target model header.",
        ),
        ("many", PATH, "", "Endpoint ep is a multi-model endpoint: TargetModel is required."),
        (
            "plain",
            PATH,
            "Target_Container_Hostname",
            "TargetContainerHostname is for direct invocation, which ep is not configured for.",
        ),
        (
            "plain",
            PATH,
            "Inference_Component",
            "InferenceComponentName is for an endpoint of inference components, which ep is not.",
        ),
        (
            "plain",
            PATH,
            "Enable_Explanations",
            "EnableExplanations is for an endpoint with an ExplainerConfig, which ep is not.",
        ),
        ("asynchronous", PATH, "", "Endpoint ep is asynchronous: use InvokeEndpointAsync."),
    ],
)
def test_an_invocation_that_the_endpoint_cannot_serve_is_refused(world: str, path: str, header: str, said: str) -> None:
    name = "Shadow" if world == "shadowed" else "x"
    refusing = refused_worlds()[world]

    status, code, body = refusing.error(path, **({f"X_Amzn_SageMaker_{header}": name} if header else {}))

    assert (status, code, body["Message"]) == (400, "ValidationError", said.replace("Variant x", f"Variant {name}"))
    assert refusing.metrics.data == []


@pytest.mark.parametrize(
    ("status", "side"), [(400, "client"), (499, "client"), (500, "server"), (503, "server"), (302, "server")]
)
def test_a_containers_error_is_a_model_error(status: int, side: str) -> None:
    world = World(variant(Answer(status, b'{"error": "no such feature"}', "application/json")))

    http_status, code, body = world.error()

    assert (http_status, code) == (424, "ModelError")
    assert body == {
        "Message": f'Received {side} error ({status}) from primary with message "{{"error": "no such feature"}}". '
        f"{CONSOLE}",
        "OriginalStatusCode": status,
        "OriginalMessage": '{"error": "no such feature"}',
        "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/ep",
    }


@pytest.mark.parametrize(
    ("answer", "original", "said"),
    [
        (
            TimeoutError(),
            0,
            "Your invocation timed out while waiting for a response from container primary. Review the latency metrics "
            "for each container in Amazon CloudWatch, resolve the issue, and try again.",
        ),
        (ConnectionResetError(), 0, "Amazon SageMaker could not get a response from the ep endpoint."),
        (ConnectionRefusedError(), 0, "Amazon SageMaker could not get a response from the ep endpoint."),
        (
            Answer(200, bytes(MAX_BODY + 1), "image/png"),
            0,
            "The response is larger than 6291456 bytes, the most that InvokeEndpoint returns.",
        ),
    ],
    ids=["late", "gone", "refusing, without a successor", "too large"],
)
def test_a_container_without_an_answer_is_a_model_error(answer: Answer | Exception, original: int, said: str) -> None:
    serving = variant(answer)

    _, code, body = World(serving).error()

    assert (code, body["OriginalStatusCode"]) == ("ModelError", original)
    assert body["OriginalMessage"].startswith(said)
    assert body["Message"].endswith(f'". {CONSOLE}')
    assert len(asked(serving)) == 1


def test_a_body_over_six_megabytes_does_not_reach_the_container() -> None:
    serving = variant()
    world = World(serving)

    assert world.ask(body=bytes(MAX_BODY))[0] == 200
    status, headers, body = world.ask(body=bytes(MAX_BODY + 1))

    assert (status, headers["Content-Type"]) == (413, "text/plain")
    assert body == b"HTTP content length exceeded 6291456 bytes."
    assert len(asked(serving)) == 1


@pytest.mark.parametrize(
    ("path", "headers", "member"),
    [
        ("/endpoints/-ep/invocations", {}, "endpointName"),
        ("/endpoints/e%20p/invocations", {}, "endpointName"),
        ("/endpoints//invocations", {}, "endpointName"),
        (f"/endpoints/{'e' * 64}/invocations", {}, "endpointName"),
        (PATH, {"X_Amzn_SageMaker_Target_Variant": "a_b"}, "targetVariant"),
        (PATH, {"X_Amzn_SageMaker_Custom_Attributes": "a" * 1025}, "customAttributes"),
        (PATH, {"X_Amzn_SageMaker_Inference_Id": "i" * 65}, "inferenceId"),
        (PATH, {"X_Amzn_SageMaker_Inference_Id": " i"}, "inferenceId"),
        (PATH, {"Content_Type": "c" * 1025}, "contentType"),
    ],
)
def test_a_member_that_breaks_its_shape_is_named(path: str, headers: dict[str, str], member: str) -> None:
    status, code, body = World(variant()).error(path, **headers)

    assert (status, code) == (400, "ValidationError")
    assert f"at '{member}' failed to satisfy constraint: Member must" in body["Message"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("POST", "/endpoints/ep/async-invocations"), ("POST", "/")]
)
def test_other_operations_are_unknown(method: str, path: str) -> None:
    status, code, _ = World(variant()).error(path, method)

    assert (status, code) == (404, "UnknownOperationException")


def test_traffic_is_shared_by_weight() -> None:
    world = World(variant(name="a", weight=3.0), variant(name="b", weight=1.0), variant(name="off", weight=0.0))

    served = Counter(world.ask()[1]["x-Amzn-Invoked-Production-Variant"] for _ in range(4000))

    assert set(served) == {"a", "b"}
    assert served["a"] == pytest.approx(3000, abs=150)


def test_weights_of_zero_serve_a_target_variant_and_an_endpoint_without_others() -> None:
    world = World(variant(name="a"), variant(name="b", weight=0.0))

    answered = [world.ask(X_Amzn_SageMaker_Target_Variant="b") for _ in range(20)]

    assert {headers["x-Amzn-Invoked-Production-Variant"] for _, headers, _ in answered} == {"b"}
    assert World(variant(weight=0.0)).ask()[0] == 200


def test_an_invocation_during_an_update_is_served_by_the_new_container() -> None:
    old, new = variant(ConnectionRefusedError()), variant()

    class Moving(FakeEndpoints):
        def serving(self, endpoint_name: str) -> Sequence[ServingVariant]:
            return self.endpoints["ep"] if asked(old) else [old]

    world = World()
    moving = RealTime(
        Moving({"ep": [new]}), world.metrics, region="us-east-1", account_id="123456789012", random=Random(1)
    )

    status, _, body = moving.invoke("ep", {}, b"")

    assert (status, body) == (200, b"[1]")
    assert world.metrics.values()["Invocations"] == 1.0


@pytest.mark.parametrize(("instances", "values"), [(1, [1.0]), (4, [0.25]), (0, [])])
def test_invocations_per_instance_are_shared_by_the_instances(instances: int, values: list[float]) -> None:
    world = World(replace(variant(), instance_count=instances))

    world.ask()

    assert [value for name, value, _ in world.metrics.data if name == "InvocationsPerInstance"] == values * 2


@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        (GOOD, (0.0, 0.0, 0.0)),
        (Answer(404, b"", ""), (1.0, 0.0, 1.0)),
        (Answer(500, b"", ""), (0.0, 1.0, 1.0)),
        (TimeoutError(), (0.0, 0.0, 1.0)),
        (ConnectionResetError(), (0.0, 0.0, 1.0)),
    ],
)
def test_every_invocation_is_counted(answer: Answer | Exception, errors: tuple[float, ...]) -> None:
    world = World(replace(variant(answer, name="blue"), config_name="config-2"))

    world.ask()

    four, five, model = errors
    counted = [
        ("Invocations", 1.0, "None"),
        ("InvocationsPerInstance", 1.0, "None"),
        ("Invocation4XXErrors", four, "None"),
        ("Invocation5XXErrors", five, "None"),
        ("InvocationModelErrors", model, "None"),
        ("ModelLatency", 1e6, "Microseconds"),
        ("OverheadLatency", 1e6, "Microseconds"),
    ]
    # DG "Auto-Rollback Configuration and Monitoring": with EndpointConfigName for one fleet, without for both.
    of_both = {"EndpointName": "ep", "VariantName": "blue"}
    of_fleet = of_both | {"EndpointConfigName": "config-2"}
    assert world.metrics.data == counted * 2
    assert world.metrics.namespaces == {"AWS/SageMaker"}
    assert world.metrics.dimensions == [of_both] * 7 + [of_fleet] * 7


def test_a_model_that_cannot_be_loaded_is_the_callers_error() -> None:
    missing = replace(variant(ModelMissing("Failed to download a.tar.gz")), is_multi_model=True)

    status, code, body = World(missing).error(X_Amzn_SageMaker_Target_Model="a.tar.gz")

    assert (status, code, body["Message"]) == (400, "ValidationError", "Failed to download a.tar.gz")
    assert asked(missing)[0].target_model == "a.tar.gz"


def test_a_direct_invocation_is_counted_for_its_container_too() -> None:
    world = World(replace(variant(), hostnames=("one", "other")))

    assert world.ask(X_Amzn_SageMaker_Target_Container_Hostname="other")[0] == 200

    # DG "Metrics for multi-container endpoints with direct invocation".
    variants = {"EndpointName": "ep", "VariantName": "AllTraffic"}
    assert world.metrics.dimensions.count(variants) == 7
    assert world.metrics.dimensions.count(variants | {"ContainerName": "other"}) == 7


def test_an_error_names_the_container_that_answered() -> None:
    _, _, body = World(variant(Answer(500, b"no", "text/plain", container="container-2"))).error()

    assert body["Message"].startswith('Received server error (500) from container-2 with message "no".')


def test_a_shadow_gets_copies_and_its_answers_go_nowhere() -> None:
    production = variant(name="Live")
    shadow = replace(variant(Answer(500, b"broken", "text/plain"), name="Shadow"), is_shadow=True)
    world = World(production, shadow)

    served = {world.ask(body=str(n).encode())[1]["x-Amzn-Invoked-Production-Variant"] for n in range(5)}

    assert served == {"Live"}
    assert [each.body for each in asked(shadow)] == [each.body for each in asked(production)]
    counted = [
        d["VariantName"]
        for (name, *_), d in zip(world.metrics.data, world.metrics.dimensions, strict=True)
        if name == "Invocations" and "EndpointConfigName" not in d
    ]
    assert Counter(counted) == {"Live": 5, "Shadow": 5}
    assert world.metrics.values()["Invocation5XXErrors"] in (0.0, 1.0)


def test_a_shadow_of_half_the_weight_gets_half_of_the_copies_and_may_fail() -> None:
    shadow = replace(variant(ConnectionResetError(), name="Shadow", weight=0.5), is_shadow=True)
    world = World(variant(name="Live"), shadow)

    assert {world.ask()[0] for _ in range(2000)} == {200}
    assert len(asked(shadow)) == pytest.approx(1000, abs=100)
