"""Models of several containers: started together, invoked one after the other or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer
from tests.unit.slipway_local.sagemaker.world import IMAGE, ROLE, World

from slipway_local.ports import Answer, HostingFailed, Invocation, Utilization
from slipway_local.sagemaker.several_containers import DirectContainers, Pipeline

DATA = "s3://models/model.tar.gz"
CONTAINER = {"Image": IMAGE, "ModelDataUrl": DATA}
DIRECT = {"InferenceExecutionConfig": {"Mode": "Direct"}}
NAMED = {"Containers": [CONTAINER | {"ContainerHostname": name} for name in ("first", "second")]}


def serving(world: World, **model: Any) -> None:
    world.call("CreateModel", ModelName="model-1", ExecutionRoleArn=ROLE, **model)
    world.config()
    world.endpoint()
    world.finish()


def test_every_container_is_started_and_described(world: World) -> None:
    serving(world, Containers=[CONTAINER, CONTAINER])

    started = [each.spec for each in world.hosting.started]
    # API, ContainerDefinition.ContainerHostname: a name by position; aws/amazon-sagemaker-examples issue 1072 has it.
    assert [spec.hostname for spec in started] == ["container-1", "container-2"]
    variant = world.describe()["ProductionVariants"][0]
    assert [image["SpecifiedImage"] for image in variant["DeployedImages"]] == [IMAGE, IMAGE]
    (variant,) = world.sagemaker.hosted.serving("endpoint-1") or []
    assert variant.hostnames == ()


def test_containers_that_are_invoked_directly_are_known_by_their_names(world: World) -> None:
    serving(world, **NAMED, **DIRECT)

    (variant,) = world.sagemaker.hosted.serving("endpoint-1") or []
    assert variant.hostnames == ("first", "second")


def test_one_container_that_fails_stops_the_others(world: World) -> None:
    start = world.hosting.start

    def fail_second(spec: Any) -> Any:
        if spec.hostname == "container-2":
            raise HostingFailed("The container-2 for production variant AllTraffic did not pass the ping health check.")
        return start(spec)

    world.hosting.start = fail_second  # type: ignore[method-assign]
    serving(world, Containers=[CONTAINER, CONTAINER])

    assert world.describe()["EndpointStatus"] == "Failed"
    assert [each.stopped for each in world.hosting.started] == [True]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"PrimaryContainer": CONTAINER} | DIRECT, "requires Containers"),
        ({"Containers": [CONTAINER, CONTAINER]} | DIRECT, "ContainerHostname must be specified for every container"),
        (
            {"Containers": [CONTAINER, NAMED["Containers"][0]]},
            "ContainerHostname must be specified for every container",
        ),
        ({"Containers": [NAMED["Containers"][0]] * 2}, "must be unique"),
        (
            {"Containers": [CONTAINER | {"Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}] * 2},
            "More than one container in MultiModel mode is not supported with inference pipeline.",
        ),
    ],
    ids=["direct alone", "direct without names", "one name", "same names", "two multi-model"],
)
def test_names_and_modes_of_containers_are_checked(world: World, model: dict[str, Any], said: str) -> None:
    assert said in world.refused("CreateModel", ModelName="m", **model)


def test_an_asynchronous_endpoint_has_one_container(world: World) -> None:
    world.call("CreateModel", ModelName="model-1", ExecutionRoleArn=ROLE, Containers=[CONTAINER, CONTAINER])
    world.config(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}})

    assert world.refused("CreateEndpoint", EndpointName="e", EndpointConfigName="config-1") == (
        "One or more endpoint features are not supported using this configuration."
    )


def of(**answers: Answer) -> tuple[Mapping[str, FakeContainer], Invocation]:
    request = Invocation(b"1,2", "text/csv", "application/json")
    return {name.replace("_", "-"): FakeContainer(answer) for name, answer in answers.items()}, request


def test_a_pipeline_hands_each_answer_to_the_next_container() -> None:
    containers, request = of(container_1=Answer(200, b"[1]", "application/x-npy"), last=Answer(200, b"2", "text/csv"))

    answer = Pipeline(containers).invoke(request)

    assert (answer.body, answer.container) == (b"2", "last")
    (first,), (second,) = (each.asked for each in containers.values())
    assert (first.body, first.content_type, first.accept) == (b"1,2", "text/csv", None)
    assert (second.body, second.content_type, second.accept) == (b"[1]", "application/x-npy", "application/json")
    assert second.timeout <= request.timeout


def test_a_pipeline_ends_at_the_container_that_fails() -> None:
    containers, request = of(container_1=Answer(400, b"no", "text/plain"), container_2=Answer(200, b"", ""))

    answer = Pipeline(containers).invoke(request)
    streamed = Pipeline(containers).stream(request)

    assert (answer.status, answer.body, answer.container) == (400, b"no", "container-1")
    assert (streamed.status, b"".join(streamed.chunks), streamed.container) == (400, b"no", "container-1")
    assert containers["container-2"].asked == []


def test_a_pipeline_streams_what_its_last_container_writes() -> None:
    containers, request = of(container_1=Answer(200, b"[1]", "text/plain"), container_2=Answer(200, b"2", "text/csv"))

    streamed = Pipeline(containers).stream(request)

    assert (b"".join(streamed.chunks), streamed.container) == (b"2", "container-2")
    assert containers["container-2"].asked[0].body == b"[1]"


def test_a_direct_invocation_reaches_the_container_that_it_names() -> None:
    containers, _ = of(first=Answer(200, b"1", ""), second=Answer(200, b"2", ""))

    answer = DirectContainers(containers).invoke(Invocation(b"", target_container="second"))

    assert (answer.body, answer.container) == (b"2", "second")
    assert containers["first"].asked == []


def test_several_containers_use_what_each_of_them_uses() -> None:
    containers, _ = of(first=Answer(200, b"", ""), second=Answer(200, b"", ""))
    assert Pipeline(containers).utilization() is None

    for container in containers.values():
        container.used = Utilization(20.0, 3.0)

    assert Pipeline(containers).utilization() == Utilization(40.0, 6.0)
