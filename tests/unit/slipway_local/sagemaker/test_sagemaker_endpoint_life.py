"""Creating, InService, Failed, Deleting, gone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import CAPTURE, IMAGE, PREFIX, ROLE, START, World, variant

from slipway_local.ports import HostingFailed, ModelData

ARN = f"{PREFIX}endpoint/endpoint-1"
OBJECT_SOURCE = {"S3Uri": "s3://b/weights.bin", "S3DataType": "S3Object", "CompressionType": "None"}


def created(world: World, **fields: Any) -> None:
    world.model()
    world.config("config-1", variant(**fields))
    world.endpoint()


def test_a_new_endpoint_is_creating_with_nothing_running_yet(world: World) -> None:
    created(world, InitialInstanceCount=2)
    answer = world.describe()
    images = answer["ProductionVariants"][0].pop("DeployedImages")
    assert answer == {
        "EndpointName": "endpoint-1",
        "EndpointArn": ARN,
        "EndpointConfigName": "config-1",
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "CurrentWeight": 0.0,
                "DesiredWeight": 1.0,
                "CurrentInstanceCount": 0,
                "DesiredInstanceCount": 2,
                "VariantStatus": [{"Status": "Creating", "StartTime": START.timestamp()}],
            }
        ],
        "EndpointStatus": "Creating",
        "CreationTime": START.timestamp(),
        "LastModifiedTime": START.timestamp(),
    }
    assert images[0]["SpecifiedImage"] == IMAGE
    assert images[0]["ResolvedImage"].startswith(IMAGE.removesuffix(":1") + "@sha256:")
    assert world.sagemaker.hosted.serving("endpoint-1") == []


def test_a_healthy_endpoint_comes_in_service_with_the_desired_size(world: World) -> None:
    created(world, InitialInstanceCount=2, InitialVariantWeight=0.5)
    world.finish()
    answer = world.describe()
    assert answer["EndpointStatus"] == "InService"
    assert answer["LastModifiedTime"] == START.timestamp() + 3
    (shown,) = answer["ProductionVariants"]
    assert (shown["CurrentWeight"], shown["CurrentInstanceCount"]) == (0.5, 2)
    assert "VariantStatus" not in shown
    assert "FailureReason" not in answer


def test_the_resolved_image_is_what_serves_in_the_images_place(world: World) -> None:
    world.hosting.stand_in = "slipway.local/sklearn"
    created(world)
    world.finish()

    ((image,),) = [shown["DeployedImages"] for shown in world.describe()["ProductionVariants"]]

    assert image["SpecifiedImage"] == IMAGE
    assert image["ResolvedImage"].startswith("slipway.local/sklearn@sha256:")


def test_the_container_is_started_as_model_and_configuration_say(world: World) -> None:
    source = {
        "S3DataSource": {
            "S3Uri": "s3://b/k.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip", "ETag": "e",
        }
    }  # fmt: skip
    container = {"Image": IMAGE, "ModelDataSource": source, "Environment": {"A": "1"}}
    world.model("model-1", PrimaryContainer=container)
    timeouts: dict[str, Any] = {
        "ModelDataDownloadTimeoutInSeconds": 60,
        "ContainerStartupHealthCheckTimeoutInSeconds": 61,
    }
    world.config("config-1", variant("Blue", **timeouts))
    world.endpoint()
    world.finish()
    spec = world.hosting.started[0].spec
    assert (spec.endpoint_name, spec.variant_name, spec.image) == ("endpoint-1", "Blue", IMAGE)
    assert spec.model_data == ModelData("s3://b/k.tar.gz", "e")
    assert spec.environment == {"A": "1"}
    assert (spec.model_data_download_timeout, spec.startup_health_check_timeout) == (60.0, 61.0)
    assert spec.instance_id.startswith("i-")


def test_each_variant_has_one_container_and_its_weight(world: World) -> None:
    world.model("model-2")
    world.in_service(variant("A", InitialVariantWeight=3, InitialInstanceCount=4), variant("B", model="model-2"))
    serving = world.sagemaker.hosted.serving("endpoint-1")
    assert serving is not None
    assert [(v.name, v.weight, v.container) for v in serving] == [
        ("A", 3.0, world.hosting.started[0]),
        ("B", 1.0, world.hosting.started[1]),
    ]


@pytest.mark.parametrize(
    ("setting", "scale", "hosting", "waited"),
    [
        (3, 1.0, 0.0, 3.0),
        (3, 1.0, 2.0, 3.0),
        (3, 1.0, 5.0, 5.0),
        (60, 1.0, 0.0, 60.0),
        (300, 0.01, 2.0, 3.0),  # what hosting took counts in the scaled clock's own seconds
        (3, 0.0, 2.0, 2.0),
    ],
)
def test_creation_takes_the_longer_of_hosting_and_the_setting(
    world: World, setting: float, scale: float, hosting: float, waited: float
) -> None:
    world.sagemaker.settings.creation_seconds = setting
    world.clock.scale, world.hosting.seconds = scale, hosting
    world.in_service()
    assert (world.clock.time - START).total_seconds() == pytest.approx(waited)


@pytest.mark.parametrize(
    ("error", "reason", "logged"),
    [
        (HostingFailed("No ping."), "No ping.", False),
        (HostingFailed("x" * 2000), "x" * 1024, False),
        (KeyError("surprise"), "Internal error of the local SageMaker: KeyError: 'surprise'", True),
    ],
    ids=["short", "long", "bug"],
)
def test_an_endpoint_whose_container_does_not_start_fails_with_the_reason(
    world: World, error: Exception, reason: str, logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world.hosting.failures.append(error)
    created(world)
    world.finish()
    answer = world.describe()
    assert (answer["EndpointStatus"], answer["FailureReason"]) == ("Failed", reason)
    assert world.sagemaker.hosted.serving("endpoint-1") == []
    assert (world.clock.time - START).total_seconds() == 3, "a failure shows no sooner than a success"
    assert ["the deployment of endpoint-1 broke" in caplog.text, "Traceback" in caplog.text] == [logged] * 2


def test_the_other_variants_of_a_failed_endpoint_are_stopped(world: World) -> None:
    world.create(variant("A"), variant("B"))
    start, world.hosting.failures = world.hosting.start, []

    def fail_b(spec: Any) -> Any:
        if spec.variant_name == "B":
            raise HostingFailed("no")
        return start(spec)

    world.hosting.start = fail_b  # type: ignore[method-assign]
    world.finish()
    assert world.describe()["EndpointStatus"] == "Failed"
    assert [c.stopped for c in world.hosting.started] == [True]


@pytest.mark.parametrize(
    ("container", "what"),
    [
        ({"PrimaryContainer": {"Image": IMAGE, "ModelDataSource": {"S3DataSource": OBJECT_SOURCE}}}, "one uncompr"),
    ],
)
def test_an_unsupported_model_fails_with_the_reason(world: World, container: dict[str, Any], what: str) -> None:
    world.call("CreateModel", ModelName="model-1", ExecutionRoleArn=ROLE, **container)
    world.config()
    world.endpoint()
    world.finish()
    assert world.describe()["EndpointStatus"] == "Failed"
    assert world.describe()["FailureReason"].startswith(f"The local SageMaker cannot host {what}")
    assert world.hosting.started == []


def test_an_endpoint_needs_the_models_of_its_configuration(world: World) -> None:
    world.model()
    world.config()
    world.call("DeleteModel", ModelName="model-1")
    message = world.refused("CreateEndpoint", EndpointName="e", EndpointConfigName="config-1")
    assert message == f'Could not find model "{PREFIX}model/model-1".'


def test_deleting_takes_a_while_then_stops_the_container_and_frees_the_name(world: World) -> None:
    world.in_service()
    assert world.call("DeleteEndpoint", EndpointName="endpoint-1") == {}
    assert world.describe()["EndpointStatus"] == "Deleting"
    assert world.sagemaker.hosted.serving("endpoint-1") == []
    world.finish()
    assert world.hosting.running == []
    assert world.sagemaker.hosted.serving("endpoint-1") is None
    assert world.refused("DescribeEndpoint", EndpointName="endpoint-1") == f'Could not find endpoint "{ARN}".'
    assert world.clock.slept[-1] == world.sagemaker.settings.change_seconds
    world.endpoint()
    world.finish()
    assert world.describe()["EndpointStatus"] == "InService"


def test_a_failed_endpoint_can_only_be_deleted(world: World) -> None:
    world.hosting.failures.append(HostingFailed("no"))
    created(world)
    world.finish()
    update = world.refused("UpdateEndpoint", EndpointName="endpoint-1", EndpointConfigName="config-1")
    assert update == f'Cannot update failed endpoint "{ARN}".'
    rescale = world.refused(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint-1",
        DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredWeight": 2}],
    )
    assert rescale == update
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    world.finish()
    assert world.call("ListEndpoints") == {"Endpoints": []}


def busy_by(world: World, operation: str) -> None:
    if operation == "CreateEndpoint":
        created(world)
        return
    world.in_service()
    if operation == "UpdateEndpoint":
        world.update("config-1")
    elif operation == "DeleteEndpoint":
        world.call("DeleteEndpoint", EndpointName="endpoint-1")
    else:
        world.rescale({"VariantName": "AllTraffic", "DesiredWeight": 2})


@pytest.mark.parametrize(
    "first", ["CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities", "DeleteEndpoint"]
)
def test_a_busy_endpoint_refuses_changes(world: World, first: str) -> None:
    busy_by(world, first)
    said = f'Cannot update in-progress endpoint "{ARN}".'
    name = {"EndpointName": "endpoint-1"}
    assert world.refused("UpdateEndpoint", EndpointConfigName="config-1", **name) == said
    assert world.refused("DeleteEndpoint", **name) == said
    change = [{"VariantName": "AllTraffic", "DesiredWeight": 1}]
    assert world.refused("UpdateEndpointWeightsAndCapacities", DesiredWeightsAndCapacities=change, **name) == said


def test_a_container_that_cannot_be_stopped_does_not_keep_its_endpoint_alive(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.in_service(variant("A"), variant("B"))
    world.hosting.started[0].stop_fails = True
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    world.finish()
    assert world.hosting.running == []
    assert world.call("ListEndpoints") == {"Endpoints": []}
    assert "could not stop the container of variant A" in caplog.text


def test_a_bug_while_deleting_shows_on_the_endpoint(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.in_service()
    world.call("DeleteEndpoint", EndpointName="endpoint-1")

    def broken(seconds: float) -> None:
        raise ZeroDivisionError("the clock broke")

    world.clock.sleep = broken  # type: ignore[method-assign]
    world.finish()
    assert world.describe()["EndpointStatus"] == "Failed"
    assert "ZeroDivisionError: the clock broke" in world.describe()["FailureReason"]
    assert "the change of endpoint-1 broke" in caplog.text


def test_reset_forgets_everything_and_stops_every_container(world: World) -> None:
    world.in_service()
    world.endpoint("not-begun")
    world.sagemaker.reset()
    world.finish()
    assert world.hosting.running == []
    for operation in ("ListEndpoints", "ListEndpointConfigs", "ListModels"):
        assert list(world.call(operation).values()) == [[]]


def test_a_deployment_under_way_at_a_reset_stops_what_it_starts(world: World) -> None:
    created(world)
    start = world.hosting.start

    def reset_then_start(spec: Any) -> Any:
        world.sagemaker.reset()
        return start(spec)

    world.hosting.start = reset_then_start  # type: ignore[method-assign]
    world.finish()
    assert len(world.hosting.started) == 1
    assert world.hosting.running == []
    assert world.call("ListEndpoints") == {"Endpoints": []}


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("operation", ["DeleteEndpoint", "UpdateEndpointWeightsAndCapacities"])
def test_a_change_under_way_at_a_reset_does_nothing_more(world: World, operation: str, breaks: bool) -> None:
    busy_by(world, operation)
    announced = world.events.statuses()

    def reset_meanwhile(seconds: float) -> None:
        world.sagemaker.reset()
        created(world)
        if breaks:
            raise RuntimeError("surprise")

    world.clock.sleep = reset_meanwhile  # type: ignore[method-assign]
    world.jobs.popleft()()
    assert world.describe()["EndpointStatus"] == "Creating", "the new endpoint of the same name is another one"
    assert world.events.statuses() == [*announced, "CREATING"]


def test_a_serverless_endpoint_has_concurrency_instead_of_instances(world: World) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    world.in_service(variant(ServerlessConfig=serverless))
    (shown,) = world.describe()["ProductionVariants"]
    assert shown["CurrentServerlessConfig"] == shown["DesiredServerlessConfig"] == serverless
    assert shown["CurrentInstanceCount"] == 0
    assert "DesiredInstanceCount" not in shown


def test_data_capture_and_asynchronous_inference_are_described(world: World) -> None:
    output = {"OutputConfig": {"S3OutputPath": "s3://results"}}
    world.in_service(variant(), DataCaptureConfig=CAPTURE)
    assert world.describe()["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 20,
        "DestinationS3Uri": "s3://captured",
        "KmsKeyId": "",
    }
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    world.finish()
    world.config("asynchronous", AsyncInferenceConfig=output)
    world.endpoint("endpoint-2", "asynchronous")
    assert world.describe("endpoint-2")["AsyncInferenceConfig"] == output


@pytest.mark.parametrize(
    ("hosting", "container"),
    [
        ({"InitialInstanceCount": 3}, (3, "ml.m5.xlarge", None)),
        ({"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}, (0, None, 2048)),
    ],
)
def test_a_variant_and_its_container_know_their_size(
    world: World, hosting: dict[str, Any], container: tuple[int, str | None, int | None]
) -> None:
    world.in_service(variant(**hosting))
    spec = world.hosting.started[0].spec
    [serving] = world.sagemaker.hosted.serving("endpoint-1") or []
    assert (serving.instance_count, spec.instance_type, spec.memory_size_in_mb) == container
