"""What all endpoints of the account use, the stack's and others, and what tags prove of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from slipway.aws.retry import ONCE
from slipway.deployment.tags import IN_SERVICE_AT
from slipway.deployment.timestamps import format_instant
from slipway.versions.in_use import ResourcesInUse, TooManyEndpoints, VersionAws
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import NOW, Deployment

SECOND = timedelta(seconds=1)


def in_use(sagemaker: FakeSageMaker, max_described: int = 10, ignored: str = "") -> ResourcesInUse:
    """Return what is in use, read."""
    found = ResourcesInUse(
        VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE), max_described, ignored
    )
    found.read()
    return found


def deployed(sagemaker: FakeSageMaker, name: str = "digits", *, tagged: timedelta | None = SECOND) -> tuple[str, str]:
    """Deploy an endpoint, tagged so long after it was InService; return its configuration and model."""
    sagemaker.now = NOW
    deployment = Deployment(sagemaker, name, EndpointName=name)
    model, endpoint = deployment.model()["ModelName"], deployment.deploy()
    if tagged is not None:
        served = {"Key": IN_SERVICE_AT, "Value": format_instant(sagemaker.now + tagged)}
        sagemaker.add_tags(endpoint["EndpointArn"], [served])
    sagemaker.calls.clear()
    return endpoint["EndpointConfigName"], model


def test_an_unchanged_endpoint_of_a_deployment_is_not_described(sagemaker: FakeSageMaker) -> None:
    config, _ = deployed(sagemaker)

    found = in_use(sagemaker, max_described=0)

    assert "describe_endpoint" not in sagemaker.calls
    assert found.has_config(config.upper())


@pytest.mark.parametrize("tagged", [None, -SECOND], ids=["no tag", "changed after the tag"])
def test_an_endpoint_whose_tags_prove_nothing_is_described(sagemaker: FakeSageMaker, tagged: timedelta | None) -> None:
    config, model = deployed(sagemaker, tagged=tagged)

    found = in_use(sagemaker)

    assert sagemaker.calls.count("describe_endpoint") == 1
    assert found.has_config(config)
    assert found.uses_model(model, "another")


def test_an_endpoint_that_is_updating_is_described_and_uses_both_configurations(sagemaker: FakeSageMaker) -> None:
    old, _ = deployed(sagemaker)
    new, _ = deployed(sagemaker, "other")
    sagemaker.update_endpoint({"EndpointName": "digits", "EndpointConfigName": new})

    found = in_use(sagemaker)

    assert (found.has_config(old), found.has_config(new)) == (True, True)


def test_nothing_is_unused_while_an_endpoint_has_a_mix_of_two_configurations(sagemaker: FakeSageMaker) -> None:
    # API reference, DescribeEndpoint: "Both the rolling deployment and auto-rollback failed. Your endpoint is in
    # service with a mix of the old and new endpoint configurations." EndpointConfigName is one of them.
    deployed(sagemaker)
    sagemaker.force_status("digits", "UpdateRollbackFailed")

    found = in_use(sagemaker)

    assert found.has_config("any-config")
    assert found.uses_model("any-model", "other")
    assert found.doubts == [
        "Configurations and models stay: the endpoint digits is UpdateRollbackFailed, which serves two configurations "
        "and names one. Deploy it again, or delete it."
    ]

    sagemaker.force_status("digits", "InService")
    assert not found.uses_config("any-config", "digits")
    assert found.doubts == []


def test_a_configuration_of_another_name_is_described_for_its_models(sagemaker: FakeSageMaker) -> None:
    _, model = deployed(sagemaker)
    variant = {"VariantName": "v", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config({"EndpointConfigName": "by-hand", "ProductionVariants": [variant]}, [])
    by_hand = {"slipway:endpoint-config": "by-hand", IN_SERVICE_AT: format_instant(NOW + SECOND)}
    tags = [{"Key": key, "Value": value} for key, value in by_hand.items()]
    sagemaker.create_endpoint({"EndpointName": "theirs", "EndpointConfigName": "by-hand"}, tags)
    sagemaker.settle()

    assert in_use(sagemaker).uses_model(model, "gone")


def test_models_of_a_configuration_that_was_deleted_are_not_known_so_that_all_stay(sagemaker: FakeSageMaker) -> None:
    config, _ = deployed(sagemaker, tagged=None)
    sagemaker.refuses_in_use = False
    sagemaker.delete_endpoint_config(config)

    found = in_use(sagemaker)

    assert found.uses_model("any-model", "other")
    assert found.doubts == [
        f"Models stay: the endpoint digits serves the configuration {config}, which was deleted, so that nothing says "
        "which models it uses. Deploy it again, or delete it."
    ]


def test_for_what_no_other_deployment_has_requested_only_hand_made_changes_since_are_described(
    sagemaker: FakeSageMaker,
) -> None:
    deployed(sagemaker, tagged=None)
    deployed(sagemaker, "changing", tagged=None)
    sagemaker.force_status("changing", "Updating")

    for since, described in ((None, 2), (NOW, 1), (sagemaker.now + SECOND, 0)):
        sagemaker.calls.clear()
        aws = VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE)
        ResourcesInUse(aws).read(since)
        assert sagemaker.calls.count("describe_endpoint") == described


def test_a_failed_endpoint_uses_nothing(sagemaker: FakeSageMaker) -> None:
    # API reference, DescribeEndpoint, Failed: "DeleteEndpoint is the only operation that can be performed on a failed
    # endpoint."
    config, model = deployed(sagemaker, tagged=None)
    sagemaker.force_status("digits", "Failed")

    found = in_use(sagemaker)

    assert (found.uses_config(config, "digits"), found.uses_model(model, "digits")) == (False, False)


def test_an_endpoint_about_to_be_deleted_does_not_count(sagemaker: FakeSageMaker) -> None:
    config, _ = deployed(sagemaker)

    assert not in_use(sagemaker, ignored="digits").has_config(config)


def test_more_endpoints_than_may_be_described_are_too_many(sagemaker: FakeSageMaker) -> None:
    deployed(sagemaker, tagged=None)
    deployed(sagemaker, "other", tagged=None)

    in_use(sagemaker, max_described=2)
    with pytest.raises(TooManyEndpoints, match="what 2 endpoints use has to be described, and 1 are at most"):
        in_use(sagemaker, max_described=1)
