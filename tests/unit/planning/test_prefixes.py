"""ModelDataUrl names a prefix where it ends with a slash, and a training job may have one as its output."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slipway.aws.s3 import ListedObject, StoredObject
from slipway.deployment.deployment import Deployment
from slipway.deployment.limits import Limits, ModelBucketNotAllowed
from slipway.deployment.plan import Plan
from slipway.deployment.tags import ARTIFACT, LISTING
from slipway.errors import ArtifactNotFound, ArtifactPrefixChanged, FieldInvalid, FieldsConflict
from slipway.hosting.check_prefix import check_prefix
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import create_model
from slipway.planning.contract.schema import check
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import tar_gz
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources, training_job
from tests.fakes.storage import FakeStorage
from tests.unit.execution import execution, planned_image

URI = "s3://models/llm/qwen/"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.30.0"
VLLM = {"EndpointName": "qwen", "ModelDataUrl": URI, "Framework": "vllm", "InstanceType": "ml.g6.2xlarge"}


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models")
    made.put("models", "llm/qwen/config.json", b"{}")
    made.put("models", "llm/qwen/model.safetensors", b"weights")
    return made


def plan_of(document: dict[str, Any], sources: FakeSources | None = None) -> Plan:
    return plan_deployment(document, execution(), FakeStorage().side_file, sources or FakeSources(), SETTINGS)


def deployment_of(storage: FakeStorage, document: dict[str, Any] = VLLM) -> Deployment:
    plan, role = plan_of(document), SETTINGS.execution_role_arn
    artifact = inspect_artifact(plan, storage, FakeExecutionRoles(role), FakeInstanceQuotas(), SETTINGS)
    return Deployment(plan, artifact, execution(), SETTINGS)


def deployed(storage: FakeStorage, sagemaker: FakeSageMaker, document: dict[str, Any] = VLLM) -> str:
    """Create model and configuration of what is below the prefix now; return the configuration's name."""
    deployment = deployment_of(storage, document)
    model = create_model(deployment, planned_image(IMAGE), sagemaker, sagemaker.archives)
    return create_endpoint_config(deployment, model["Models"], sagemaker)["EndpointConfigName"]


def rollback(config_name: str) -> Deployment:
    plan = plan_of({"EndpointName": "qwen", "EndpointConfigName": config_name})
    return Deployment(plan, None, execution("rollback"), SETTINGS)


@pytest.mark.parametrize("uri", ["s3://models/llm", "s3://models/", "s3://models/llm/qwen/model.safetensors"])
def test_anything_but_an_archive_or_a_prefix_is_refused(uri: str) -> None:
    with pytest.raises(FieldInvalid, match=r"one \.tar\.gz object, or of a prefix that ends with /"):
        check({**VLLM, "ModelDataUrl": uri})


def test_the_model_names_the_prefix_and_nothing_is_copied(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    made = create_model(deployment_of(storage), planned_image(IMAGE), sagemaker, sagemaker.archives)

    source = sagemaker.describe_model(made["ModelName"])["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    # DG "Deploying uncompressed models": S3Prefix and None; no member holds what is below the prefix.
    assert source == {"S3Uri": URI, "S3DataType": "S3Prefix", "CompressionType": "None"}
    assert sagemaker.archives.kept == {}
    assert sagemaker.tags(made["ModelArn"])[ARTIFACT] == URI


class LargeFiles(FakeStorage):
    """A storage that lists 64 MiB for each file of weights, and counts the bytes of the objects that are read."""

    read = 0

    def open(self, bucket: str, key: str) -> StoredObject:
        found = super().open(bucket, key)
        self.read += found.size
        return found

    def listed(self, bucket: str, prefix: str) -> list[ListedObject]:
        found = super().listed(bucket, prefix)
        return [replace(one, size=64 * 1024**2) if one.key.endswith(".safetensors") else one for one in found]


def test_of_fifty_files_with_three_gigabytes_the_index_alone_is_read(sagemaker: FakeSageMaker) -> None:
    storage = LargeFiles()
    storage.make_bucket("models")
    shards = [f"model-{number:05}-of-00048.safetensors" for number in range(1, 49)]
    index = json.dumps({"weight_map": {f"layer.{name}": name for name in shards}}).encode()
    files = dict.fromkeys(shards, b"") | {"config.json": b"{}", "model.safetensors.index.json": index}
    for name, content in files.items():
        storage.put("models", f"llm/qwen/{name}", content)

    deployment = deployment_of(storage)
    create_model(deployment, planned_image(IMAGE), sagemaker, sagemaker.archives)

    assert (len(files), deployment.artifact and deployment.artifact["Size"] // 10**9) == (50, 3)
    assert storage.read == len(index)
    assert sagemaker.archives.kept == {}


def test_other_objects_make_another_model(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    first = create_model(deployment_of(storage), planned_image(IMAGE), sagemaker, sagemaker.archives)
    again = create_model(deployment_of(storage), planned_image(IMAGE), sagemaker, sagemaker.archives)
    storage.put("models", "llm/qwen/model.safetensors", b"trained further")
    other = create_model(deployment_of(storage), planned_image(IMAGE), sagemaker, sagemaker.archives)

    assert first == again
    assert first["ModelName"] != other["ModelName"]


def test_a_large_model_has_time_to_be_downloaded_and_to_start() -> None:
    plan = plan_of(VLLM)

    assert plan["Variant"]["ModelDataDownloadTimeoutInSeconds"] == 3600
    assert plan["Variant"]["ContainerStartupHealthCheckTimeoutInSeconds"] == 1800
    assert plan["Deadline"] == "2026-11-01T13:50:00+00:00"  # 110 minutes after the start


def test_a_serverless_endpoint_takes_no_prefix() -> None:
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}, "Framework": "huggingface-tei-cpu"}

    with pytest.raises(FieldsConflict, match="ServerlessConfig and the prefix"):
        plan_of({"EndpointName": "e", "ModelDataUrl": URI, **serverless})


@pytest.mark.parametrize("output", ["s3://models/jobs/my-job/output/model", "s3://models/jobs/my-job/output/model/"])
def test_a_training_job_may_have_uncompressed_output(output: str) -> None:
    """As `model_data` of the SageMaker SDK's Estimator (2.257.7) returns it: with the slash added where it lacks."""
    job = training_job(
        ModelArtifacts={"S3ModelArtifacts": output},
        OutputDataConfig={"CompressionType": "NONE", "S3OutputPath": "s3://models/jobs"},
    )
    document = {
        "EndpointName": "qwen",
        "TrainingJobName": "my-job",
        "Framework": "vllm",
        "InstanceType": "ml.g6.xlarge",
    }

    sources = FakeSources()
    sources.jobs["my-job"] = job

    plan = plan_of(document, sources)

    assert plan["Artifact"] == {"Bucket": "models", "Key": "jobs/my-job/output/model/"}


def test_a_configuration_has_the_digest_of_its_prefix(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    deployment = deployment_of(storage)
    assert deployment.artifact is not None

    config = sagemaker.describe_endpoint_config(deployed(storage, sagemaker))

    assert sagemaker.tags(config["EndpointConfigArn"])[LISTING] == deployment.artifact["ETag"]


def test_a_rollback_to_an_unchanged_prefix_is_accepted(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    check_prefix(rollback(deployed(storage, sagemaker)), sagemaker, storage)


@pytest.mark.parametrize("is_deleted", [False, True], ids=["overwritten", "deleted"])
def test_a_rollback_after_the_prefix_changed_is_refused(
    storage: FakeStorage, sagemaker: FakeSageMaker, is_deleted: bool
) -> None:
    config_name = deployed(storage, sagemaker)
    if is_deleted:
        storage.remove_object("models", "llm/qwen/config.json")
    else:
        storage.put("models", "llm/qwen/model.safetensors", b"trained further")

    with pytest.raises(ArtifactPrefixChanged, match=rf"{config_name}, whose model loads {URI}"):
        check_prefix(rollback(config_name), sagemaker, storage)


def test_a_configuration_that_does_not_exist_is_named_by_the_step_itself(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    check_prefix(rollback("qwen-0123456789ab"), sagemaker, storage)


ARCHIVE = {"S3Uri": "s3://models/terms.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}
DRAFT = {"S3Uri": "s3://models/draft/", "S3DataType": "S3Prefix", "CompressionType": "None"}
WITH_DRAFT = VLLM | {
    "AdditionalModelDataSources": [
        {"ChannelName": "draft", "S3DataSource": DRAFT},
        {"ChannelName": "terms", "S3DataSource": ARCHIVE},
    ]
}


@pytest.fixture
def with_draft(storage: FakeStorage) -> FakeStorage:
    storage.put("models", "draft/model.safetensors", b"smaller")
    storage.put("models", "terms.tar.gz", tar_gz({"terms.txt": b"one"}))
    return storage


def test_what_is_loaded_beside_a_model_is_part_of_it_and_stays_in_place(
    with_draft: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    made = create_model(deployment_of(with_draft, WITH_DRAFT), planned_image(IMAGE), sagemaker, sagemaker.archives)

    found = sagemaker.describe_model(made["ModelName"])["PrimaryContainer"]["AdditionalModelDataSources"]
    etag = with_draft.current_etag("models", "terms.tar.gz")
    assert [source["S3DataSource"] for source in found] == [DRAFT, {**ARCHIVE, "ETag": etag}]
    assert sagemaker.archives.kept == {}


@pytest.mark.parametrize("key", ["draft/model.safetensors", "terms.tar.gz"])
def test_other_objects_beside_a_model_make_another_one_and_refuse_a_rollback(
    with_draft: FakeStorage, sagemaker: FakeSageMaker, key: str
) -> None:
    first = deployed(with_draft, sagemaker, WITH_DRAFT)
    check_prefix(rollback(first), sagemaker, with_draft)
    with_draft.put("models", key, tar_gz({"terms.txt": b"two"}))

    assert deployed(with_draft, sagemaker, WITH_DRAFT) != first
    with pytest.raises(ArtifactPrefixChanged, match=f"s3://models/{key.partition('model.')[0]}"):
        check_prefix(rollback(first), sagemaker, with_draft)


def test_what_is_wrong_beside_a_model_is_said_with_its_place(with_draft: FakeStorage) -> None:
    with_draft.remove_object("models", "draft/model.safetensors")

    with pytest.raises(ArtifactNotFound, match=r"AdditionalModelDataSources\[0\]: "):
        deployment_of(with_draft, WITH_DRAFT)


def test_what_is_beside_a_model_comes_from_the_stacks_buckets() -> None:
    settings = replace(SETTINGS, limits=Limits(model_buckets=("others",)))
    document = WITH_DRAFT | {"ModelDataUrl": "s3://others/llm/"}

    with pytest.raises(ModelBucketNotAllowed, match=r"s3://models/draft/"):
        plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), settings)


def source_of(uri: str, data_type: str, compression: str) -> dict[str, Any]:
    s3 = {"S3Uri": uri, "S3DataType": data_type, "CompressionType": compression}
    rest = {name: value for name, value in VLLM.items() if name != "ModelDataUrl"}
    return {**rest, "ModelDataSource": {"S3DataSource": s3}}


@pytest.mark.parametrize(
    ("uri", "data_type", "compression"),
    [(URI, "S3Prefix", "None"), ("s3://models/llm/model.tar.gz", "S3Object", "Gzip")],
)
def test_a_source_in_sagemakers_form_is_planned_as_its_address_is(uri: str, data_type: str, compression: str) -> None:
    document = source_of(uri, data_type, compression)

    assert plan_of(check(document)) == plan_of({**VLLM, "ModelDataUrl": uri})


@pytest.mark.parametrize(
    ("uri", "data_type", "compression"),
    [
        (URI, "S3Prefix", "Gzip"),
        (URI, "S3Object", "None"),
        ("s3://models/llm/model.tar.gz", "S3Prefix", "None"),
        ("s3://models/llm/model.tar.gz", "S3Object", "None"),
    ],
)
def test_a_source_whose_members_disagree_is_refused(uri: str, data_type: str, compression: str) -> None:
    """API, S3ModelDataSource: "A valid key name prefix identified by S3Uri always ends with a forward slash (/)"."""
    with pytest.raises(FieldInvalid, match=r"ModelDataSource\.S3DataSource has S3DataType"):
        plan_of(check(source_of(uri, data_type, compression)))


def test_a_source_and_an_address_exclude_each_other() -> None:
    with pytest.raises(FieldsConflict, match="ModelDataUrl and ModelDataSource exclude each other"):
        plan_of(check({**source_of(URI, "S3Prefix", "None"), "ModelDataUrl": URI}))
