"""Which Slipway is meant, and what is said when it cannot be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from slipway_cli.sdk.errors import (
    CredentialsMissing,
    LocalStackNotRunning,
    RegionMissing,
    StackNotFound,
    StackUnfinished,
)
from slipway_cli.sdk.target import STACK_FILE, Target, TargetChoice, find_target

OUTPUTS = {"StateMachineArn": "arn:aws:states:...", "ModelBucketName": "models-bucket"}
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"ModelBucketName": {"Value": "models-bucket"}},
}


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what this machine is configured with away: boto3 reads the environment itself."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def running_stack(folder: Path) -> None:
    file = folder / STACK_FILE
    file.parent.mkdir(parents=True)
    stack = {"endpoint_url": "http://127.0.0.1:4566", "region": "eu-central-1", "outputs": OUTPUTS}
    file.write_text(json.dumps(stack), encoding="utf-8")


def test_the_local_stack_is_found_from_a_folder_below(tmp_path: Path) -> None:
    running_stack(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    target = find_target(TargetChoice(local=True), {}, below)

    assert (target.endpoint_url, target.region) == ("http://127.0.0.1:4566", "eu-central-1")
    assert (target.model_bucket, target.state_machine_arn) == ("models-bucket", "arn:aws:states:...")
    assert target.is_local
    assert target.client("sts").meta.endpoint_url == "http://127.0.0.1:4566"


def test_a_local_stack_that_does_not_run_is_said_to_be_started(tmp_path: Path) -> None:
    with pytest.raises(LocalStackNotRunning, match="Start one with `slipway local up`"):
        find_target(TargetChoice(local=True), {}, tmp_path, checkout=tmp_path)


def test_an_endpoint_on_this_machine_takes_any_credentials() -> None:
    environment = {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_REGION": "eu-west-1"}

    target = find_target(TargetChoice(), environment)

    assert (target.endpoint_url, target.region, target.is_local) == ("http://localhost:4566", "eu-west-1", True)
    assert target.pause(5) < 1
    assert target.session.get_credentials().access_key == "test"


def test_credentials_of_the_environment_are_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)

    target = find_target(TargetChoice(region="eu-west-1"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", **keys})

    assert target.session.get_credentials().access_key == "mine"


def test_without_a_region_or_credentials_the_way_to_them_is_said() -> None:
    with pytest.raises(RegionMissing, match="pass --region"):
        find_target(TargetChoice(), {})
    with pytest.raises(CredentialsMissing, match="aws configure"):
        find_target(TargetChoice(region="eu-west-1"), {})


def deployed(stack: str) -> Target:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
    return Target(session, "eu-west-1", stack)


@mock_aws
def test_the_outputs_are_those_of_the_stack() -> None:
    cloudformation: Any = deployed("mine").client("cloudformation")
    cloudformation.create_stack(StackName="mine", TemplateBody=json.dumps(TEMPLATE))

    assert deployed("mine").model_bucket == "models-bucket"
    with pytest.raises(StackUnfinished, match="The stack mine has no output StateMachineArn"):
        _ = deployed("mine").state_machine_arn
    with pytest.raises(StackNotFound, match="There is no stack other in eu-west-1: deploy it with"):
        _ = deployed("other").outputs


@pytest.mark.parametrize(
    ("choice", "flags"),
    [
        (TargetChoice(), ""),
        (TargetChoice(local=True), " --local"),
        (TargetChoice("me", "eu-west-1", local=True), " --local"),
        (TargetChoice("me", "eu-west-1", "mine"), " --profile me --region eu-west-1 --stack mine"),
    ],
)
def test_the_options_can_be_said_again(choice: TargetChoice, flags: str) -> None:
    assert choice.flags == flags
