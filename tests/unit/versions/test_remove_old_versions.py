"""RemoveOldVersions: what it keeps, what it removes, and what it does not touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.aws.retry import ONCE
from slipway.deployment.tags import IN_SERVICE_AT, NAMED_BY
from slipway.errors import AccessDenied, ServiceThrottled, ServiceUnavailable
from slipway.versions.in_use import VersionAws
from slipway.versions.remove_old_versions import MAX_REMOVED, Cleanup, EndpointConfig, RemoveOldVersions
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.deployments import NOW, Deployment

LONG_NAME = "an-endpoint-whose-name-is-so-long-that-it-is-cut-in-the-names"


def deployed(sagemaker: FakeSageMaker, number: int, **fields: Any) -> Deployment:
    """Deploy the `number`-th archive well."""
    name, minutes = f"run-{number}", number - 600
    sagemaker.now = NOW + timedelta(minutes=minutes)
    deployment = Deployment(sagemaker, name, etag=str(number), minutes=minutes, **fields)
    endpoint = deployment.deploy()
    served = {"Key": IN_SERVICE_AT, "Value": f"{sagemaker.now:%Y-%m-%dT%H:%M:%SZ}"}
    sagemaker.add_tags(str(endpoint["EndpointConfigArn"]), [served])
    return deployment


def cleanup(deployment: Deployment, keep: int = 3) -> Cleanup:
    """Take the step RemoveOldVersions."""
    sagemaker, kept = deployment.sagemaker, replace(SETTINGS, keep_versions=keep)
    aws = VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE)
    serving = sagemaker.describe_endpoint(deployment.plan["EndpointName"])["EndpointConfigName"]
    config = EndpointConfig(EndpointConfigName=serving)
    return RemoveOldVersions(replace(deployment.context(), settings=kept), aws, sagemaker.describe_execution)(config)


def test_the_last_versions_are_kept_with_their_models(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(5)]
    configs, models = sagemaker.names("endpoint-config"), sagemaker.names("model")

    done = cleanup(runs[-1])

    assert sagemaker.names("endpoint-config") == configs[2:]
    assert sagemaker.names("model") == models[2:]
    pairs = zip(models[:2], configs[:2], strict=True)
    assert done == {
        "Removed": [text for model, config in pairs for text in (f"Model {model}", f"EndpointConfig {config}")],
        "Warnings": [],
    }


def test_a_model_that_a_variant_of_another_endpoint_names_stays(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(5)]
    model = sagemaker.names("model")[0]
    sagemaker.add_tags(sagemaker.describe_model(model)["ModelArn"], [{"Key": NAMED_BY, "Value": "other"}])

    cleanup(runs[-1])

    assert model in sagemaker.names("model")


def test_of_one_version_nothing_but_what_serves_is_kept(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(3)]

    cleanup(runs[-1], keep=1)

    serving = sagemaker.describe_endpoint("digits")["EndpointConfigName"]
    assert sagemaker.names("endpoint-config") == [serving]


@given(made=st.integers(1, 8), keep=st.integers(1, 8))
def test_as_many_are_kept_as_there_should_be(made: int, keep: int) -> None:
    sagemaker = FakeSageMaker()
    runs = [deployed(sagemaker, number) for number in range(made)]

    cleanup(runs[-1], keep)

    assert len(sagemaker.names("endpoint-config")) == len(sagemaker.names("model")) == min(made, keep)


def test_what_remains_over_the_bound_of_a_run_goes_next_time(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(MAX_REMOVED + 5)]

    first, second = cleanup(runs[-1], keep=2), cleanup(runs[-1], keep=2)

    assert (len(first["Removed"]), len(second["Removed"])) == (2 * MAX_REMOVED, 2 * 3)
    assert len(sagemaker.names("endpoint-config")) == 2


def test_endpoints_whose_cut_names_agree_keep_theirs(sagemaker: FakeSageMaker) -> None:
    for number in range(2):
        deployed(sagemaker, number, EndpointName=f"{LONG_NAME}-1")
    runs = [deployed(sagemaker, number, EndpointName=f"{LONG_NAME}-2") for number in range(2, 4)]

    cleanup(runs[-1], keep=1)

    assert len(sagemaker.names("endpoint-config")) == 3


def test_what_another_stack_made_stays(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(3)]
    config = sagemaker.describe_endpoint_config(sagemaker.names("endpoint-config")[0])
    sagemaker.add_tags(config["EndpointConfigArn"], [{"Key": "slipway:stack", "Value": "another"}])

    cleanup(runs[-1], keep=1)

    assert config["EndpointConfigName"] in sagemaker.names("endpoint-config")
    assert len(sagemaker.names("model")) == 2


def test_a_configuration_that_the_endpoint_moves_to_meanwhile_stays(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(3)]
    oldest = sagemaker.names("endpoint-config")[0]
    sagemaker.update_endpoint({"EndpointName": "digits", "EndpointConfigName": oldest})

    cleanup(runs[-1], keep=1)

    assert len(sagemaker.names("endpoint-config")) == len(sagemaker.names("model")) == 2
    assert oldest in sagemaker.names("endpoint-config")


def test_the_endpoint_is_read_before_each_deletion(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(3)]
    before = len(sagemaker.calls)

    cleanup(runs[-1], keep=1)

    calls = sagemaker.calls[before:]
    deletions = [index for index, call in enumerate(calls) if call.startswith("delete")]
    looks = [max(index for index, call in enumerate(calls[:at]) if call == "describe_endpoint") for at in deletions]
    assert len(set(looks)) == len(deletions) == 4


def test_what_waits_for_its_turn_stays_and_is_not_counted(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(2)]
    later = Deployment(sagemaker, "later", etag="later", minutes=1).config()["EndpointConfigName"]
    earlier = Deployment(sagemaker, "earlier", etag="earlier", minutes=-700).config()["EndpointConfigName"]

    assert cleanup(runs[-1], keep=2) == {"Removed": [], "Warnings": []}

    assert {later, earlier} < set(sagemaker.names("endpoint-config"))


def test_what_a_stopped_execution_left_behind_goes_after_a_day(sagemaker: FakeSageMaker) -> None:
    sagemaker.now = NOW - timedelta(days=3)
    left = Deployment(sagemaker, "stopped", etag="stopped", minutes=-3 * 1440).config()["EndpointConfigName"]
    run = deployed(sagemaker, 1)

    done = cleanup(run)

    assert f"EndpointConfig {left}" in done["Removed"]
    assert len(sagemaker.names("model")) == 1


@pytest.mark.parametrize(
    ("status", "goes"),
    [("ABORTED", True), ("TIMED_OUT", True), ("FAILED", True), ("RUNNING", False), ("SUCCEEDED", False)],
)
def test_what_an_execution_left_goes_at_once_if_it_was_stopped(
    sagemaker: FakeSageMaker, status: str, goes: bool
) -> None:
    sagemaker.now = NOW - timedelta(minutes=700)
    left = Deployment(sagemaker, "stopped", etag="stopped", minutes=-700)
    config = left.config()["EndpointConfigName"]
    sagemaker.end_execution(left.execution["Id"], status, "Created")
    run = deployed(sagemaker, 1)

    done = cleanup(run)

    assert (f"EndpointConfig {config}" in done["Removed"]) == goes
    assert (config in sagemaker.names("endpoint-config")) != goes


def test_a_model_of_a_version_that_stays_is_not_removed_with_another_configuration_of_it(
    sagemaker: FakeSageMaker,
) -> None:
    kept = deployed(sagemaker, 0)
    stopped = Deployment(sagemaker, "stopped", etag="0", minutes=-599.5, InstanceType="ml.m5.xlarge")
    config = stopped.config()["EndpointConfigName"]
    sagemaker.end_execution(stopped.execution["Id"], "ABORTED")

    done = cleanup(deployed(sagemaker, 1))

    assert done["Removed"] == [f"EndpointConfig {config}"]
    assert kept.model()["ModelName"] in sagemaker.names("model")


def test_a_refusal_is_a_warning_and_the_others_go(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(4)]
    oldest = sagemaker.names("endpoint-config")[0]
    sagemaker.faults.fail("delete_endpoint_config", AccessDenied("It is not authorized."))

    done = cleanup(runs[-1], keep=1)

    assert done["Warnings"] == [f"EndpointConfig {oldest} is old and is still there: It is not authorized."]
    assert len(sagemaker.names("endpoint-config")) == 2


def test_a_throttled_deletion_ends_the_run_and_the_next_one_goes_on(sagemaker: FakeSageMaker) -> None:
    runs = [deployed(sagemaker, number) for number in range(4)]
    sagemaker.faults.fail("delete_endpoint_config", ServiceThrottled("Rate exceeded"))

    first = cleanup(runs[-1], keep=1)
    assert (len(first["Removed"]), len(first["Warnings"])) == (1, 1)

    assert cleanup(runs[-1], keep=1)["Warnings"] == []
    assert len(sagemaker.names("endpoint-config")) == len(sagemaker.names("model")) == 1


@pytest.mark.parametrize("operation", ["delete_model", "delete_endpoint_config"])
def test_a_deletion_whose_answer_was_lost_leaves_nothing_for_good(sagemaker: FakeSageMaker, operation: str) -> None:
    runs = [deployed(sagemaker, number) for number in range(3)]
    sagemaker.faults.lose(operation)

    cleanup(runs[-1], keep=1)
    cleanup(runs[-1], keep=1)

    assert len(sagemaker.names("endpoint-config")) == len(sagemaker.names("model")) == 1


def test_reading_that_fails_is_left_to_the_workflow_to_try_again(sagemaker: FakeSageMaker) -> None:
    run = deployed(sagemaker, 1)
    sagemaker.faults.fail("list_endpoint_configs", ServiceUnavailable("AWS did not answer."))

    with pytest.raises(ServiceUnavailable):
        cleanup(run)
