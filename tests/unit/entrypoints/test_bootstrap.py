"""The composition root and the settings it reads."""

from __future__ import annotations

import os
import sys
from functools import partial

import pytest

from slipway.aws.s3 import Boto3Archives
from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.scaling import Boto3Scaling
from slipway.deployment.limits import Limits
from slipway.deployment.settings import Settings
from slipway.entrypoints.bootstrap import check_sdk, services
from slipway.errors import SdkTooOld
from slipway.planning.aws import Boto3Sources
from tests import processes
from tests.conventions.project import FUNCTIONS

ENVIRONMENT = {"STACK_NAME": "slipway", "AWS_REGION": "us-east-1"}


def test_settings_come_from_the_variables_that_the_template_sets() -> None:
    settings = Settings.from_environment(
        {
            **ENVIRONMENT,
            "EXECUTION_ROLE_ARN": "arn:aws:iam::111122223333:role/r",
            "DEFAULT_FRAMEWORK": "sklearn",
            "DEFAULT_FRAMEWORK_VERSION": "1.2-1",
            "DEFAULT_INSTANCE_TYPE": "ml.m5.large",
            "DEFAULT_DEADLINE_MINUTES": "90",
            "ALLOWED_INSTANCE_TYPES": "ml.m5.*,serverless",
            "MAX_INSTANCES": "4",
            "MAX_UPLOADED_ENDPOINTS": "7",
            "ALLOWED_REGISTRIES": "aws,own",
            "ACCOUNT_ID": "111122223333",
            "ALLOWED_EXECUTION_ROLES": "arn:aws:iam::111122223333:role/r,",
            "ALLOWED_MODEL_BUCKETS": "models,",
            "SIDE_FILE_HOSTING": "Allowed",
            "VPC_MODELS": "Enabled",
            "ALLOWED_KMS_KEYS": "arn:key,",
        }
    )
    role = "arn:aws:iam::111122223333:role/r"
    limits = Limits(
        ("ml.m5.*", "serverless"), 4, 7, ("aws", "own"), "111122223333", (role,), ("models",), True, True, ("arn:key",)
    )

    assert settings == Settings("slipway", "us-east-1", role, "sklearn", "1.2-1", "ml.m5.large", 90, limits=limits)


def test_settings_that_a_function_does_not_use_have_defaults() -> None:
    nothing = Limits((), 0, 0, (), "", (), (), side_file_hosting=False, vpc_models=False, kms_keys=())

    assert Settings.from_environment(ENVIRONMENT) == Settings("slipway", "us-east-1", limits=nothing)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_required_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        Settings.from_environment({key: value for key, value in ENVIRONMENT.items() if key != name})


def test_keep_versions_is_read_from_the_environment() -> None:
    assert Settings.from_environment(ENVIRONMENT).keep_versions == 3
    assert Settings.from_environment({**ENVIRONMENT, "KEEP_VERSIONS": "50"}).keep_versions == 50


def test_an_invocation_is_waited_for_longer_than_sagemaker_gives_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)

    invoke = services().invoke_endpoint
    assert isinstance(invoke, partial)
    config = invoke.args[0].meta.config

    assert (config.read_timeout, config.retries["total_max_attempts"]) == (65, 1)


@pytest.mark.parametrize("version", ["1.43.1", "1.43.106", "1.44.0", "2.0.0", "1.50.0.dev1"])
def test_a_botocore_that_is_new_enough_is_accepted(version: str) -> None:
    check_sdk(version)


@pytest.mark.parametrize("version", ["1.43.0", "1.42.99", "1.9.12"])
def test_an_old_botocore_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(SdkTooOld, match=f"has botocore {version} and Slipway needs 1.43.1 or later: add boto3"):
        check_sdk(version)


def test_every_port_is_served_by_its_adapter_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)

    built = services()

    assert isinstance(built.sagemaker, Boto3SageMaker)
    assert isinstance(built.archives, Boto3Archives)
    assert isinstance(built.sources, Boto3Sources)
    assert isinstance(built.scaling, Boto3Scaling)
    assert built.sagemaker is built.sagemaker


def test_a_handler_imports_its_own_use_case_and_pays_for_no_other() -> None:
    # Given a fresh interpreter, as a cold start has
    printed = "import sys, resolve_image.app; print(*(name for name in sys.modules if name.startswith('slipway.')))"
    environment = {**os.environ, "PYTHONPATH": str(FUNCTIONS)}
    # When the handler is imported
    imported = processes.run([sys.executable, "-c", printed], env=environment).stdout.split()
    # Then only its own capability is imported, and the layers below it
    packages = {name.split(".")[1] for name in imported}
    assert packages == {"entrypoints", "images", "deployment", "errors"}
