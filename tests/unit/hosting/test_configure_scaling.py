"""ConfigureScaling: what Application Auto Scaling and CloudWatch are given, and what is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.plan import VariantScaling
from slipway.errors import AwsRefused, NotFound, NotVisibleYet
from slipway.hosting.configure_scaling import configure_scaling
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.scaling import FakeScaling
from tests.unit.deployments import Deployment

RESOURCE = "endpoint/digits/variant/AllTraffic"
ALARM = "slipway/digits/AllTraffic/HasBacklogWithoutCapacity"
INVOCATIONS = VariantScaling(VariantName="AllTraffic", MinCapacity=1, MaxCapacity=4, TargetInvocationsPerInstance=600)
BACKLOG = VariantScaling(VariantName="AllTraffic", MinCapacity=0, MaxCapacity=4, TargetBacklogPerInstance=5)
NIGHT = {"ScheduleExpression": "cron(0 18 ? * MON-FRI *)", "MinCapacity": 1, "MaxCapacity": 1}


@pytest.fixture
def served(sagemaker: FakeSageMaker) -> FakeSageMaker:
    Deployment(sagemaker).deploy()
    return sagemaker


def configured(sagemaker: FakeSageMaker, *scaled: Any) -> FakeScaling:
    """Return what there is after it was configured twice, which changes nothing more."""
    for _ in range(2):
        configure_scaling("digits", scaled, sagemaker, sagemaker.scaling)
    return sagemaker.scaling


def test_invocations_are_tracked(served: FakeSageMaker) -> None:
    scaling = configured(served, INVOCATIONS)

    assert scaling.bounds == {RESOURCE: {"MinCapacity": 1, "MaxCapacity": 4}}
    assert scaling.policies_of[RESOURCE]["slipway-digits"]["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 600.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    assert scaling.alarms == {}


def test_an_asynchronous_endpoint_is_scaled_to_zero_as_the_developer_guide_does(served: FakeSageMaker) -> None:
    """SageMaker developer guide, "Autoscale an asynchronous endpoint": both policies and the alarm, in its words."""
    scaling = configured(served, BACKLOG)

    policies = scaling.policies_of[RESOURCE]
    assert policies["slipway-digits"]["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"] == {
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Namespace": "AWS/SageMaker",
        "Dimensions": [{"Name": "EndpointName", "Value": "digits"}],
        "Statistic": "Average",
    }
    assert policies["slipway-digits-from-zero"] == {
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": 300,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    }
    (alarm,) = scaling.alarms.values()
    assert (
        alarm.items()
        >= {
            "AlarmName": ALARM,
            "MetricName": "HasBacklogWithoutCapacity",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "EndpointName", "Value": "digits"}],
            "Statistic": "Average",
            "EvaluationPeriods": 2,
            "DatapointsToAlarm": 2,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "missing",
            "Period": 60,
        }.items()
    )
    assert alarm["AlarmActions"][0].endswith("slipway-digits-from-zero")


def test_a_schedule_with_no_instances_needs_the_step_policy_too(served: FakeSageMaker) -> None:
    night = {**NIGHT, "MinCapacity": 0}

    scaling = configured(served, {**BACKLOG, "MinCapacity": 1, "Schedules": [night]})

    assert set(scaling.alarms) == {ALARM}


def test_schedules_change_the_bounds(served: FakeSageMaker) -> None:
    scaling = configured(served, {**INVOCATIONS, "Schedules": [NIGHT, {**NIGHT, "Timezone": "Europe/Berlin"}]})

    action = {"Schedule": "cron(0 18 ? * MON-FRI *)", "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 1}}
    assert scaling.actions_of[RESOURCE] == {"slipway-1": action, "slipway-2": action | {"Timezone": "Europe/Berlin"}}


def test_what_is_not_wanted_any_more_goes_and_what_is_not_ours_stays(served: FakeSageMaker) -> None:
    configured(served, {**BACKLOG, "Schedules": [NIGHT, NIGHT]})
    served.scaling.put_policy(RESOURCE, "mine", {})
    served.scaling.put_scheduled_action(RESOURCE, "mine", {})

    scaling = configured(served, {**BACKLOG, "MinCapacity": 1, "Schedules": [NIGHT]})

    assert set(scaling.policies_of[RESOURCE]) == {"slipway-digits", "mine"}
    assert set(scaling.actions_of[RESOURCE]) == {"slipway-1", "mine"}
    assert scaling.alarms == {}


def test_a_fixed_number_of_instances_needs_no_policy(served: FakeSageMaker) -> None:
    configured(served, INVOCATIONS)

    scaling = configured(served, VariantScaling(VariantName="AllTraffic", MinCapacity=3, MaxCapacity=3))

    assert (scaling.bounds[RESOURCE], scaling.policies_of[RESOURCE]) == ({"MinCapacity": 3, "MaxCapacity": 3}, {})


def test_the_scaling_of_a_variant_that_has_none_any_more_ends(served: FakeSageMaker) -> None:
    served.scaling.targets.add(RESOURCE)

    configure_scaling("digits", [VariantScaling(VariantName="B", MinCapacity=3, MaxCapacity=3)], served, served.scaling)

    assert served.scaling.targets == {"endpoint/digits/variant/B"}


@pytest.mark.parametrize("call", ["put_policy", "put_scheduled_action"])
def test_a_target_that_is_not_visible_yet_is_waited_for(served: FakeSageMaker, call: str) -> None:
    served.scaling.faults.fail(call, NotFound(f"No scalable target found for resource ID: {RESOURCE}"))

    with pytest.raises(NotVisibleYet):
        configure_scaling("digits", [{**INVOCATIONS, "Schedules": [NIGHT]}], served, served.scaling)  # type: ignore[list-item]


def test_an_endpoint_that_is_being_deleted_is_not_scaled(served: FakeSageMaker) -> None:
    served.delete_endpoint("digits")

    with pytest.raises(AwsRefused, match="The endpoint digits is Deleting"):
        configure_scaling("digits", [INVOCATIONS], served, served.scaling)

    assert served.scaling.bounds == {}
