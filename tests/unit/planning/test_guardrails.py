"""DeploymentConfig before anything is created: exactly what AWS documents, and what the local SageMaker refuses too."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import DeploymentConfigInvalid
from slipway.planning.contract.guardrails import check_deployment_config
from slipway.planning.contract.rules import check_rules
from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.validation.deployment_config import check_deployment_config as local_check
from tests.unit.execution import plan_of

DEPLOY = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz", "InstanceType": "ml.m5.large"}
REDEPLOY = {"EndpointName": "e", "EndpointConfigName": "e-0f1e2d3c4b5a"}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
DEPLOY_SERVERLESS = {"EndpointName": "e", "ModelDataUrl": "s3://b/m.tar.gz"} | SERVERLESS
POOLS = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.inf1.large", "Priority": 2}]
TRAFFIC = "BlueGreenUpdatePolicy.TrafficRoutingConfiguration"

Config = dict[str, Any]


def size(value: int, kind: str = "INSTANCE_COUNT") -> Config:
    return {"Type": kind, "Value": value}


def percent(value: int) -> Config:
    return size(value, "CAPACITY_PERCENT")


def blue_green(kind: str = "ALL_AT_ONCE", wait: int = 60, **fields: Any) -> Config:
    steps = {name: fields.pop(name) for name in ("CanarySize", "LinearStepSize") if name in fields}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait} | steps
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing} | fields}


def rolling(batch: Config, wait: int = 60, **fields: Any) -> Config:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": batch, "WaitIntervalInSeconds": wait} | fields}


def on(count: int, config: Config, **fields: Any) -> Config:
    return DEPLOY | {"InitialInstanceCount": count, "DeploymentConfig": config} | fields


def refusal(document: Config) -> str:
    with pytest.raises(DeploymentConfigInvalid) as caught:
        check_rules(document)
    return str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        on(1, {}),
        on(1, blue_green()),
        on(1, blue_green(TerminationWaitInSeconds=3600, MaximumExecutionTimeoutInSeconds=3601)),
        on(4, blue_green("CANARY", CanarySize=size(2))),
        on(4, blue_green("CANARY", CanarySize=percent(50))),
        on(200, blue_green("CANARY", CanarySize=percent(1))),
        on(10, blue_green("LINEAR", LinearStepSize=size(1))),
        on(4, blue_green("LINEAR", LinearStepSize=percent(10))),  # one of four instances: 25 %
        on(20, rolling(size(1))),
        on(2, rolling(percent(50), wait=300, MaximumExecutionTimeoutInSeconds=601)),
        on(2, {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "5xx"}]}}),
        DEPLOY | {"AsyncInferenceConfig": ..., "DeploymentConfig": blue_green()},
        on(1, blue_green("CANARY", CanarySize=percent(10)), AutoScaling={"MinCapacity": 1, "MaxCapacity": 8}),
        DEPLOY_SERVERLESS | {"DeploymentConfig": blue_green("CANARY", CanarySize=percent(50))},
        REDEPLOY | {"DeploymentConfig": rolling(size(30))},
        REDEPLOY | {"DeploymentConfig": blue_green("CANARY", CanarySize=percent(10))},
    ],
    ids=str,
)
def test_a_valid_deployment_config_is_accepted(document: Config) -> None:
    check_deployment_config(document)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            on(4, blue_green() | rolling(size(1))),
            "BlueGreenUpdatePolicy and RollingUpdatePolicy exclude each other: keep one of them.",
        ),
        (
            on(4, blue_green("CANARY")),
            f'{TRAFFIC} of Type CANARY lacks CanarySize: add it, for example {{"Type": "CAPACITY_PERCENT", '
            '"Value": 25}.',
        ),
        (
            on(4, blue_green("LINEAR", CanarySize=size(1), LinearStepSize=size(1))),
            f"{TRAFFIC} of Type LINEAR has CanarySize: remove it, or change Type.",
        ),
        (
            on(4, blue_green(LinearStepSize=size(1))),
            f"{TRAFFIC} of Type ALL_AT_ONCE has LinearStepSize: remove it, or change Type.",
        ),
        (
            on(4, blue_green("CANARY", CanarySize=size(3))),
            f"{TRAFFIC}.CanarySize comes to 75 % of 4 instances, but must be at most 50 %: change its Value.",
        ),
        (
            on(20, blue_green("LINEAR", LinearStepSize=size(1))),
            f"{TRAFFIC}.LinearStepSize comes to 5 % of 20 instances, but must be between 10 and 50 %: "
            "change its Value.",
        ),
        (
            on(100, rolling(percent(4))),
            "RollingUpdatePolicy.MaximumBatchSize comes to 4 % of 100 instances, but must be between 5 and 50 %: "
            "change its Value.",
        ),
        (
            on(1, blue_green("CANARY", CanarySize=size(1))),
            f"{TRAFFIC}.CanarySize must be at most 50 % of the fleet, which one instance does not allow: set "
            "InitialInstanceCount to at least 2, or shift traffic ALL_AT_ONCE.",
        ),
        (
            DEPLOY | {"DeploymentConfig": rolling(size(1))},
            "RollingUpdatePolicy.MaximumBatchSize must be between 5 and 50 % of the fleet, which one instance does not "
            "allow: set InitialInstanceCount to at least 2, or shift traffic ALL_AT_ONCE.",
        ),
        (
            REDEPLOY | {"DeploymentConfig": blue_green("CANARY", CanarySize=percent(51))},
            f"{TRAFFIC}.CanarySize comes to 51 % of the fleet, but must be at most 50 %: change its Value.",
        ),
        (
            on(4, blue_green(TerminationWaitInSeconds=600, MaximumExecutionTimeoutInSeconds=600)),
            "BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds is 600, but the waits alone take 600 s: set it "
            "higher, or the waits or the number of steps lower.",
        ),
        (
            REDEPLOY | {"DeploymentConfig": rolling(size(7), wait=300, MaximumExecutionTimeoutInSeconds=600)},
            "RollingUpdatePolicy.MaximumExecutionTimeoutInSeconds is 600, but the waits alone take 600 s: set it "
            "higher, or the waits or the number of steps lower.",
        ),
        (
            {**DEPLOY, "InstanceType": "ml.inf1.xlarge", "DeploymentConfig": blue_green()},
            "deployment guardrails are not for ml.inf1.xlarge: remove it, or use another InstanceType.",
        ),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_an_invalid_deployment_config_is_refused_in_one_sentence(document: Config, sentence: str) -> None:
    assert refusal(document) == f"DeploymentConfig: {sentence}"


@pytest.mark.parametrize(
    ("hosting", "config", "sentence"),
    [
        (SERVERLESS, rolling(size(1)), "not for serverless endpoints"),
        (SERVERLESS, blue_green("LINEAR", LinearStepSize=percent(5)), "5 % of the fleet"),
        ({"InstancePools": POOLS}, blue_green(), "not for ml.inf1.large"),
    ],
)
def test_serverless_hosting_and_every_pool_count(hosting: Config, config: Config, sentence: str) -> None:
    document = {"EndpointName": "e", "ModelDataUrl": "s3://b/m.tar.gz", "DeploymentConfig": config}

    assert sentence in refusal(document | hosting)


sizes = st.builds(size, st.integers(1, 60), st.sampled_from(["INSTANCE_COUNT", "CAPACITY_PERCENT"]))
waits = st.integers(0, 3600)
timeouts = st.none() | st.integers(600, 28800)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    limit = draw(timeouts)
    rest = {} if limit is None else {"MaximumExecutionTimeoutInSeconds": limit}
    if draw(st.booleans()):
        return rolling(draw(sizes), draw(waits), **rest)
    steps = draw(st.fixed_dictionaries({}, optional={"CanarySize": sizes, "LinearStepSize": sizes}))
    kind = draw(st.sampled_from(["ALL_AT_ONCE", "CANARY", "LINEAR"]))
    return blue_green(kind, draw(waits), TerminationWaitInSeconds=draw(waits), **steps, **rest)


def is_refused_locally(config: Config, variant: Config) -> bool:
    try:
        local_check(config, [{"VariantName": "AllTraffic"} | variant], None)
    except SageMakerError:
        return True
    return False


def is_refused(document: Config) -> bool:
    try:
        check_deployment_config(document)
    except DeploymentConfigInvalid:
        return True
    return False


# SageMaker ignores the DeploymentConfig of Inf1 instances, which the contract refuses: it would guard nothing.
@given(configs(), st.integers(1, 60), st.sampled_from(["ml.m5.large", "ml.inf2.xlarge"]))
def test_both_checks_refuse_the_same_deployment_configs(config: Config, count: int, kind: str) -> None:
    variant = {"InstanceType": kind, "InitialInstanceCount": count}

    assert is_refused({**DEPLOY, **variant, "DeploymentConfig": config}) == is_refused_locally(config, variant)


@given(configs(), st.integers(1, 60))
def test_a_redeployment_is_refused_only_when_every_fleet_is(config: Config, count: int) -> None:
    if is_refused(REDEPLOY | {"DeploymentConfig": config}):
        assert is_refused_locally(config, {"InstanceType": "ml.m5.large", "InitialInstanceCount": count})


def test_managed_alarms_alone_shift_traffic_at_once_and_keep_the_old_fleet_for_ten_minutes() -> None:
    plan = plan_of(DeploymentConfig={"ManagedAlarms": True})

    policy = plan["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert (plan["ManagedAlarms"], policy["TerminationWaitInSeconds"]) == (True, 600)
    assert "ManagedAlarms" not in plan["DeploymentConfig"]


# API reference, AutoRollbackConfig.Alarms: at most 10.
@pytest.mark.parametrize(("alarms", "is_refused"), [(7, False), (8, True)])
def test_managed_alarms_and_named_ones_are_ten_at_most(alarms: int, is_refused: bool) -> None:
    named = [{"AlarmName": f"alarm-{number}"} for number in range(alarms)]
    config = {"ManagedAlarms": True, "AutoRollbackConfiguration": {"Alarms": named}}
    document = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz", "DeploymentConfig": config}

    with pytest.raises(DeploymentConfigInvalid, match="at most 10") if is_refused else nullcontext():
        check_rules(document)
