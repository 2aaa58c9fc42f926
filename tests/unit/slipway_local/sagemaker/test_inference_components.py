"""Inference components: placed on an endpoint's instances, updated and deleted one by one."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.unit.slipway_local.runtime.doubles import RecordedMetrics
from tests.unit.slipway_local.sagemaker.world import ACCOUNT, IMAGE, REGION, ROLE, World, variant

from slipway_local.hosting.plane import log_of
from slipway_local.ports import HostingFailed
from slipway_local.runtime.errors import FaultError
from slipway_local.runtime.provider import RealTime

INSTANCES = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
NEEDS = {"ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}}
OF_MODEL = {"ModelName": "model-1", **NEEDS}
ARTIFACT = "s3://models/other.tar.gz"
OF_CONTAINER = {"Container": {"Image": IMAGE, "ArtifactUrl": ARTIFACT, "Environment": {"A": "1"}}, **NEEDS}


@pytest.fixture
def shared() -> World:
    """Return a world whose endpoint-1 has instances and no model."""
    world = World()
    world.in_service(INSTANCES, ExecutionRoleArn=ROLE)
    return world


def place(world: World, name: str = "one", specification: dict[str, Any] | None = None, **fields: Any) -> None:
    request = {"InferenceComponentName": name, "EndpointName": "endpoint-1"}
    world.call("CreateInferenceComponent", **request, Specification=specification or OF_MODEL, **fields)


def described(world: World, name: str = "one") -> dict[str, Any]:
    return world.call("DescribeInferenceComponent", InferenceComponentName=name)


def invoke(world: World, component: str | None = None, endpoint: str = "endpoint-1") -> str:
    metrics = RecordedMetrics()
    real_time = RealTime(world.sagemaker.hosted, metrics, region=REGION, account_id=ACCOUNT, random=Random(7))
    headers = {"X-Amzn-SageMaker-Inference-Component": component} if component else {}
    answered = real_time.invoke(endpoint, headers, b"asked")[2].decode()
    assert any("InferenceComponentName" in str(datum) for datum in vars(metrics).values())
    return answered


def test_an_endpoint_without_a_model_is_in_service_and_starts_nothing(shared: World) -> None:
    assert shared.hosting.started == []
    with pytest.raises(FaultError, match=r"^Inference Component Name header is required for endpoints to which"):
        invoke(shared)
    with pytest.raises(FaultError, match="Inference Component one not found"):
        invoke(shared, "one")


def test_a_component_is_created_and_answers_by_its_name(shared: World) -> None:
    place(shared, RuntimeConfig={"CopyCount": 2})
    assert described(shared)["InferenceComponentStatus"] == "Creating"
    with pytest.raises(FaultError, match="not found"):
        invoke(shared, "one")

    shared.finish()

    found = described(shared)
    assert (found["InferenceComponentStatus"], found["VariantName"]) == ("InService", "AllTraffic")
    assert found["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    assert found["Specification"] == OF_MODEL
    assert invoke(shared, "one") == "asked"


def test_a_container_is_described_with_its_image(shared: World) -> None:
    place(shared, specification=OF_CONTAINER)
    shared.finish()

    container = described(shared)["Specification"]["Container"]
    assert container["DeployedImage"]["SpecifiedImage"] == IMAGE
    assert (container["ArtifactUrl"], container["Environment"]) == (ARTIFACT, {"A": "1"})
    spec = shared.hosting.started[0].spec
    assert (spec.role_arn, log_of(spec)[0]) == (ROLE, "/aws/sagemaker/InferenceComponents/one")


def test_one_component_is_updated_without_the_others(shared: World) -> None:
    place(shared)
    place(shared, "two")
    shared.finish()

    shared.call("UpdateInferenceComponent", InferenceComponentName="one", Specification=OF_CONTAINER)
    assert described(shared)["InferenceComponentStatus"] == "Updating"
    assert (invoke(shared, "one"), shared.hosting.running) == ("asked", ["s3://models/model-1.tar.gz"] * 2)
    shared.finish()

    assert shared.hosting.running == ["s3://models/model-1.tar.gz", ARTIFACT]
    assert "Container" in described(shared)["Specification"]
    assert described(shared, "two")["Specification"] == OF_MODEL


def test_an_update_that_fails_leaves_what_served(shared: World) -> None:
    place(shared)
    shared.finish()
    shared.hosting.failures.append(HostingFailed("It does not start."))

    shared.call("UpdateInferenceComponent", InferenceComponentName="one", Specification=OF_CONTAINER)
    shared.finish()

    found = described(shared)
    assert (found["InferenceComponentStatus"], found["FailureReason"]) == ("InService", "It does not start.")
    assert (found["Specification"], shared.hosting.running) == (OF_MODEL, ["s3://models/model-1.tar.gz"])


def test_a_component_that_does_not_start_has_failed_and_can_be_deleted(shared: World) -> None:
    shared.hosting.failures.append(HostingFailed("It does not start."))
    place(shared)
    shared.finish()
    assert described(shared)["InferenceComponentStatus"] == "Failed"

    shared.call("DeleteInferenceComponent", InferenceComponentName="one")
    shared.finish()

    assert shared.call("ListInferenceComponents")["InferenceComponents"] == []


def test_copies_are_changed_to_zero_and_back(shared: World) -> None:
    place(shared)
    shared.finish()

    def copy(count: int) -> None:
        desired = {"DesiredRuntimeConfig": {"CopyCount": count}}
        shared.call("UpdateInferenceComponentRuntimeConfig", InferenceComponentName="one", **desired)
        shared.finish()

    copy(3)
    assert len(shared.hosting.started) == 1
    copy(0)
    assert shared.hosting.running == []
    with pytest.raises(FaultError, match="has no capacity"):
        invoke(shared, "one")
    copy(1)
    assert invoke(shared, "one") == "asked"


def test_components_outlive_an_update_of_their_endpoint_and_go_before_it(shared: World) -> None:
    place(shared)
    shared.finish()
    shared.config("config-2", INSTANCES | {"InitialInstanceCount": 2}, ExecutionRoleArn=ROLE)
    shared.update()
    shared.finish()
    assert invoke(shared, "one") == "asked"

    said = shared.refused("DeleteEndpoint", EndpointName="endpoint-1")
    # cloud-nuke pull request 1142
    assert said.startswith("Cannot delete endpoint with inference component associated.")
    shared.call("DeleteInferenceComponent", InferenceComponentName="one")
    assert "in-progress" in shared.refused("DeleteInferenceComponent", InferenceComponentName="one")
    shared.finish()
    shared.call("DeleteEndpoint", EndpointName="endpoint-1")
    shared.finish()
    assert shared.hosting.running == []


def test_components_are_listed_by_endpoint_and_status(shared: World) -> None:
    place(shared)
    place(shared, "two")
    shared.jobs.popleft()()

    def names(**filters: str) -> list[str]:
        found = shared.call("ListInferenceComponents", SortBy="Name", SortOrder="Ascending", **filters)
        return [one["InferenceComponentName"] for one in found["InferenceComponents"]]

    assert names() == ["one", "two"]
    assert names(StatusEquals="Creating") == ["two"]
    assert names(EndpointNameEquals="other") == []
    assert names(VariantNameEquals="AllTraffic", NameContains="tw") == ["two"]


def test_a_reset_ends_components(shared: World) -> None:
    place(shared)
    shared.finish()

    shared.sagemaker.reset()

    assert shared.hosting.running == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Specification": NEEDS}, "exactly one of ModelName and Container"),
        ({"Specification": OF_MODEL | OF_CONTAINER}, "exactly one of ModelName and Container"),
        ({"Specification": {"ModelName": "model-1"}}, "ComputeResourceRequirements"),
        ({"Specification": {"Container": {"ArtifactUrl": ARTIFACT}, **NEEDS}}, "needs an Image"),
        ({"Specification": {"ModelName": "missing", **NEEDS}}, "Could not find model"),
        ({"VariantName": "missing"}, 'The variant name "missing" is not present'),
        ({"EndpointName": "missing"}, "Could not find endpoint"),
        ({"Specification": OF_MODEL | {"BaseInferenceComponentName": "one"}}, "no server here loads adapters"),
    ],
)
def test_what_cannot_be_placed_is_refused(shared: World, fields: dict[str, Any], said: str) -> None:
    request = {"InferenceComponentName": "one", "EndpointName": "endpoint-1", "Specification": OF_MODEL}

    assert said in shared.refused("CreateInferenceComponent", **request | fields)


def test_an_endpoint_with_a_model_takes_no_component(world: World) -> None:
    world.in_service()
    request = {"InferenceComponentName": "one", "EndpointName": "endpoint-1", "Specification": OF_MODEL}

    # terraform-provider-aws issue 40644
    assert world.refused("CreateInferenceComponent", **request).startswith("Inference Components are not supported")
    world.config("config-2", INSTANCES, ExecutionRoleArn=ROLE)
    said = world.refused("UpdateEndpoint", EndpointName="endpoint-1", EndpointConfigName="config-2")
    assert "between models and inference components" in said


@pytest.mark.parametrize(
    ("variants", "fields", "said"),
    [
        ([INSTANCES], {}, "an ExecutionRoleArn"),
        ([INSTANCES, variant("B")], {"ExecutionRoleArn": ROLE}, "which ModelName excludes"),
        (
            [
                {
                    "VariantName": "A",
                    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
                }
            ],
            {"ExecutionRoleArn": ROLE},
            "which ServerlessConfig excludes",
        ),
    ],
    ids=["no role", "mixed", "serverless"],
)
def test_variants_without_a_model_have_a_role_and_instances(
    world: World, variants: list[dict[str, Any]], fields: dict[str, Any], said: str
) -> None:
    world.model()

    request = {"EndpointConfigName": "c", "ProductionVariants": variants, **fields}
    assert said in world.refused("CreateEndpointConfig", **request)
