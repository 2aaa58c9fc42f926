"""Deploying from Python: what is started, and how each end comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.step_functions import FakeStepFunctions, recorded, target_of

import slipway
from slipway.deployment.tags import IN_SERVICE_AT
from slipway.errors import ArtifactFilesMissing, FieldUnknown
from slipway.images.errors import ImageRefused
from slipway.versions.version import Version
from slipway_cli.sdk.target import Target
from slipway_python import deployments, functions
from slipway_python.deployments import Deployment, DeploymentFailed, DeploymentSuperseded


def test_a_notebook_completes_the_names_of_the_package() -> None:
    assert set(slipway.__all__) <= set(dir(slipway))


class Bucket:
    """S3 with one empty bucket that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def head_object(self, **request: Any) -> dict[str, Any]:
        return {"ContentLength": -1}

    def upload_file(self, file: str, bucket: str, key: str, **options: Any) -> None:
        self.sent.append(f"s3://{bucket}/{key}")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeStepFunctions, Bucket]:
    """Return the workflow and the bucket of the stack that is found."""
    workflow, bucket = FakeStepFunctions(), Bucket()
    monkeypatch.setattr(functions, "find_target", lambda choice: target_of(stepfunctions=workflow, s3=bucket))
    return workflow, bucket


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "wine.joblib").write_bytes(b"model")
    return tmp_path / "wine.joblib"


def test_a_model_file_is_uploaded_with_code_and_started(stack: tuple[FakeStepFunctions, Bucket], model: Path) -> None:
    workflow, bucket = stack

    with pytest.warns(UserWarning, match="code/inference.py was added from a template"):
        deployment = slipway.deploy(
            model,
            name="wine",
            framework="sklearn",
            framework_version="1.2-1",
            instance_type="ml.m5.large",
            volume_size_in_gb=None,
            tags={"team": "fraud"},
            config={"InitialInstanceCount": 2, "InstanceType": "ml.c5.large"},
            wait=False,
        )

    (started,) = workflow.started
    assert json.loads(started["input"]) == {
        "EndpointName": "wine",
        "Framework": "sklearn",
        "FrameworkVersion": "1.2-1",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "Tags": [{"Key": "team", "Value": "fraud"}],
        "ModelDataUrl": bucket.sent[0],
    }
    assert deployment.endpoint_name == "wine"


def test_a_model_in_s3_is_not_uploaded(stack: tuple[FakeStepFunctions, Bucket]) -> None:
    workflow, bucket = stack

    slipway.deploy("s3://a-bucket/model.tar.gz", name="wine", framework="sklearn", wait=False)

    assert json.loads(workflow.started[0]["input"])["ModelDataUrl"] == "s3://a-bucket/model.tar.gz"
    assert bucket.sent == []


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"framework": "sklearn", "instance_typ": "ml.m5.large"}, FieldUnknown, "InstanceType"),
        ({"framework": "skleran"}, ImageRefused, "sklearn"),
        ({"framework": "object-detection"}, ArtifactFilesMissing, "-symbol.json"),
    ],
)
def test_what_is_wrong_is_refused_before_the_upload(
    stack: tuple[FakeStepFunctions, Bucket], model: Path, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        slipway.deploy(model, name="wine", **fields)

    assert (stack[0].started, stack[1].sent) == ([], [])


def ended(outcome: str) -> tuple[Target, str]:
    workflow = FakeStepFunctions(recorded(outcome))
    return target_of(stepfunctions=workflow, sagemaker=object()), next(iter(workflow.executions))


def test_a_deployment_becomes_an_endpoint_and_shows_its_states() -> None:
    target, arn = ended("created")
    lines: list[str] = []

    deployed = Deployment(target, arn, "digits").wait(lines.append)

    assert deployed.name == "digits"
    assert lines[-1].split()[-1] == "Created"


def test_a_failure_is_raised_with_its_name_its_hint_and_the_log() -> None:
    target, arn = ended("failed")

    with pytest.raises(DeploymentFailed) as failure:
        Deployment(target, arn, "digits").wait(None)

    said = json.loads(recorded("failed")["description"]["cause"])
    assert failure.value.error == said["Error"]
    assert (failure.value.hint, failure.value.log_tail) == (said["Hint"], said["LogTail"])
    assert str(failure.value).startswith(f"{said['Error']}: {said['Message']}")


def test_a_superseded_deployment_is_an_error_of_its_own() -> None:
    recording = recorded("created")
    recording["description"]["output"] = json.dumps({"Outcome": "Superseded", "EndpointName": "digits"})
    workflow = FakeStepFunctions(recording)
    target = target_of(stepfunctions=workflow, sagemaker=object())

    with pytest.raises(DeploymentSuperseded, match="digits"):
        Deployment(target, next(iter(workflow.executions)), "digits").wait(None)


def test_a_notebook_shows_text_and_no_markup_of_the_model() -> None:
    recording = recorded("failed")
    cause = json.loads(recording["description"]["cause"]) | {"LogTail": ["<script>alert(1)</script>"]}
    recording["description"]["cause"] = json.dumps(cause)
    workflow = FakeStepFunctions(recording)

    table = Deployment(target_of(stepfunctions=workflow), next(iter(workflow.executions)), "digits")._repr_html_()

    assert "&lt;script&gt;" in table
    assert "<script>" not in table
    assert f"<pre>{cause['Error']}</pre>" in table


@pytest.mark.parametrize(
    ("argument", "field"),
    [
        ("name", "EndpointName"),
        ("volume_size_in_gb", "VolumeSizeInGB"),
        ("enable_ssm_access", "EnableSSMAccess"),
        ("kms_key_id", "KmsKeyId"),
        ("instance_count", "InitialInstanceCount"),
        ("no_such_field", "NoSuchField"),
    ],
)
def test_an_argument_has_the_name_of_its_field(argument: str, field: str) -> None:
    assert functions.field_of(argument) == field


def test_the_package_has_the_names_of_its_api_and_no_other() -> None:
    assert {name for name in slipway.__all__ if getattr(slipway, name)} == set(slipway.__all__)
    with pytest.raises(AttributeError, match="deplyo"):
        slipway.deplyo  # noqa: B018 - reading it is the test


def test_a_rollback_starts_the_model_that_served_before_and_scaling_the_version_that_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variants = ({"VariantName": "AllTraffic", "InstanceType": "ml.m5.large"},)
    before, now = (
        Version(
            f"wine-{name}",
            f"arn:{name}",
            datetime.now(UTC),
            (name,),
            {IN_SERVICE_AT: f"2026-11-0{day}"},
            state,
            variants,
        )
        for name, day, state in (("before", 1, ""), ("now", 2, "Serving"))
    )
    monkeypatch.setattr(
        deployments, "describe_endpoint", lambda *_: SimpleNamespace(name="wine", config_name="wine-now")
    )
    monkeypatch.setattr(deployments, "versions_of", lambda *_: [now, before])
    workflow = FakeStepFunctions()
    endpoint = deployments.Endpoint(target_of(stepfunctions=workflow), "wine")

    endpoint.rollback(wait=False)
    endpoint.scale(3, wait=False)
    endpoint.scale(min_capacity=1, max_capacity=4, target_invocations_per_instance=600, wait=False)

    inputs = [json.loads(one["input"]) for one in workflow.started]
    assert inputs[0].items() >= {"EndpointConfigName": "wine-before", "KeepInstanceCount": True}.items()
    assert [(one["EndpointConfigName"], one["AutoScaling"]) for one in inputs[1:]] == [
        ("wine-now", {"MinCapacity": 3, "MaxCapacity": 3}),
        ("wine-now", {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}),
    ]
