"""Images that load their model themselves are deployed without an archive."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from slipway.deployment.deployment import Deployment
from slipway.deployment.plan import Plan
from slipway.deployment.tags import ARTIFACT
from slipway.errors import FieldInvalid, FieldMissing
from slipway.hosting.create_model import create_model
from slipway.images.model_servers import MODEL_VARIABLES
from slipway.images.tables import frameworks
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage
from tests.unit.execution import execution, planned_image

GPU = {"EndpointName": "qwen", "InstanceType": "ml.g6.2xlarge"}
VLLM = GPU | {"Framework": "vllm", "Environment": {"HF_MODEL_ID": "Qwen/Qwen3-4B"}}
OWN = GPU | {"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"}
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.30.0"
START = datetime.fromisoformat("2026-11-01T12:00:00+00:00")


def plan_of(document: dict[str, Any]) -> Plan:
    return plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)


def deployment_of(document: dict[str, Any]) -> Deployment:
    plan, role = plan_of(document), SETTINGS.execution_role_arn
    artifact = inspect_artifact(plan, FakeStorage(), FakeExecutionRoles(role), FakeInstanceQuotas(), SETTINGS)
    return Deployment(plan, artifact, execution(), SETTINGS)


def minutes_of(document: dict[str, Any]) -> float:
    return (datetime.fromisoformat(plan_of(document)["Deadline"]) - START) / timedelta(minutes=1)


@pytest.mark.parametrize("framework", MODEL_VARIABLES)
def test_each_framework_that_loads_its_model_needs_no_archive(framework: str) -> None:
    environment = dict.fromkeys(MODEL_VARIABLES[framework][-1:], "org/model")

    check_rules(check(GPU | {"Framework": framework, "Environment": environment}))


def test_those_frameworks_are_in_the_catalogue() -> None:
    assert MODEL_VARIABLES.keys() <= set(frameworks())


@pytest.mark.parametrize("environment", [{}, {"HF_MODEL_ID": ""}, {"HF_TASK": "feature-extraction"}], ids=str)
def test_such_a_framework_needs_the_name_of_the_model(environment: dict[str, str]) -> None:
    with pytest.raises(FieldMissing, match=r"Environment\.HF_MODEL_ID is missing: vllm loads the model that it names"):
        check_rules(check(VLLM | {"Environment": environment}))


@pytest.mark.parametrize("fields", [{"Framework": "sklearn"}, {}], ids=["sklearn", "no framework"])
def test_any_other_framework_needs_a_source(fields: dict[str, str]) -> None:
    with pytest.raises(FieldMissing, match="ModelDataUrl is missing"):
        check_rules(check(GPU | fields))


def test_the_model_has_the_image_and_the_environment_alone(sagemaker: FakeSageMaker) -> None:
    deployment = deployment_of(VLLM)

    made = create_model(deployment, planned_image(IMAGE), sagemaker, sagemaker.archives)

    container = sagemaker.describe_model(made["ModelName"])["PrimaryContainer"]
    assert container == {"Image": IMAGE, "Environment": {"HF_MODEL_ID": "Qwen/Qwen3-4B"}}
    assert sagemaker.archives.kept == {}
    assert sagemaker.tags(made["ModelArn"])[ARTIFACT] == "Qwen/Qwen3-4B"


def test_an_image_of_ones_own_may_bring_its_model(sagemaker: FakeSageMaker) -> None:
    made = create_model(deployment_of(OWN), planned_image(OWN["ImageUri"]), sagemaker, sagemaker.archives)

    assert sagemaker.describe_model(made["ModelName"])["PrimaryContainer"]["Image"] == OWN["ImageUri"]
    assert sagemaker.tags(made["ModelArn"])[ARTIFACT] == ""


def test_another_model_or_image_has_another_name(sagemaker: FakeSageMaker) -> None:
    other = VLLM | {"Environment": {"HF_MODEL_ID": "Qwen/Qwen3-8B"}}
    wanted = [(VLLM, IMAGE), (VLLM, IMAGE), (other, IMAGE), (VLLM, f"{IMAGE}-2")]

    made = [
        create_model(deployment_of(one), planned_image(image), sagemaker, sagemaker.archives) for one, image in wanted
    ]

    assert made[0] == made[1]
    assert len({one["ModelName"] for one in made}) == 3


def test_the_account_is_checked_without_an_archive() -> None:
    quotas = FakeInstanceQuotas(default=None)
    found = inspect_artifact(
        plan_of(VLLM), FakeStorage(), FakeExecutionRoles(SETTINGS.execution_role_arn), quotas, SETTINGS
    )

    assert found["IsCurrent"]
    assert ["ml.g6.2xlarge" in warning for warning in found["Warnings"]] == [True]


def test_a_smoke_test_is_recommended_where_ping_does_not_wait_for_the_model() -> None:
    artifact = deployment_of({**VLLM, "Framework": "huggingface"}).artifact

    assert artifact is not None
    (warning,) = artifact["Warnings"]

    assert warning.endswith("Add a SmokeTest.")


@pytest.mark.parametrize("document", [VLLM, OWN], ids=["framework", "image"])
def test_a_container_that_downloads_its_model_has_time_to_start(document: dict[str, Any]) -> None:
    assert plan_of(document)["Variant"]["ContainerStartupHealthCheckTimeoutInSeconds"] == 1800


def test_the_startup_timeout_of_the_input_wins() -> None:
    plan = plan_of(VLLM | {"ContainerStartupHealthCheckTimeoutInSeconds": 300})

    assert plan["Variant"]["ContainerStartupHealthCheckTimeoutInSeconds"] == 300


def test_a_serverless_variant_has_no_startup_timeout() -> None:
    plan = plan_of({"EndpointName": "e", "ImageUri": OWN["ImageUri"], "ServerlessConfig": SERVERLESS})

    assert "ContainerStartupHealthCheckTimeoutInSeconds" not in plan["Variant"]


SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
LONG = {"ModelDataDownloadTimeoutInSeconds": 3600, "ContainerStartupHealthCheckTimeoutInSeconds": 3600}


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({}, 60),
        ({"ContainerStartupHealthCheckTimeoutInSeconds": 3600}, 80),
        (LONG, 140),
        (LONG | {"DeadlineMinutes": 30}, 30),
        (LONG | {"VariantInstanceProvisionTimeoutInSeconds": 3600}, 200),
    ],
    ids=str,
)
def test_the_deadline_follows_the_timeouts(fields: dict[str, int], minutes: int) -> None:
    assert minutes_of(VLLM | fields) == minutes


@pytest.mark.parametrize(
    "name",
    [
        *("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN", "HF_API_TOKEN"),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OPENAI_API_KEY", "DB_PASSWORD", "SM_VLLM_API_KEY"),
    ],
)
def test_a_credential_in_the_environment_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(FieldInvalid, match=rf"Environment\.{name} holds a credential.*Secrets Manager") as caught:
        check_rules(check(VLLM | {"Environment": {"HF_MODEL_ID": "org/model", name: "s3cr3t-value"}}))

    assert "s3cr3t-value" not in str(caught.value)


@pytest.mark.parametrize("value", ["hf_" + "a" * 34, "ghp_" + "a" * 36, "AKIA" + "A" * 16])
def test_a_credential_is_known_by_its_form(value: str) -> None:
    with pytest.raises(FieldInvalid, match=r"Environment\.NOTE holds a credential"):
        check_rules(check(VLLM | {"Environment": {"HF_MODEL_ID": "org/model", "NOTE": value}}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOTAL_TOKENS", "2048"),
        ("EOS_TOKEN", "</s>"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("SM_VLLM_TOKENIZER", "org/model"),
        ("HF_TOKEN", ""),
        ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"),
    ],
)
def test_a_setting_that_is_no_credential_is_accepted(name: str, value: str) -> None:
    check_rules(check(VLLM | {"Environment": {"HF_MODEL_ID": "org/model", name: value}}))
