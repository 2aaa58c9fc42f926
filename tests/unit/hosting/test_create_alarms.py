"""CreateAlarms: what the alarms of an endpoint watch, and from which value on they fire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.aws.scaling import delete_alarms
from slipway.errors import AccessDenied, AlarmAlreadyFiring
from slipway.hosting.aws import Boto3Alarms, alarm_history
from slipway.hosting.create_alarms import ERRORS, LATENCY, MAX_LATENCY, alarm_request, create_alarms, managed_alarms_of
from tests.fakes.account import FakeAlarms, FakeManagedAlarms
from tests.fakes.sagemaker import ACCOUNT, FakeSageMaker
from tests.unit.conftest import Stub
from tests.unit.deployments import Deployment
from tests.unit.execution import plan_of

OF = {"EndpointName": "digits", "VariantName": "AllTraffic"}
NAMES = [
    f"slipway/digits/AllTraffic/{metric}" for metric in ("Invocation5XXErrors", "InvocationModelErrors", "ModelLatency")
]
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def served(sagemaker: FakeSageMaker) -> FakeSageMaker:
    Deployment(sagemaker).deploy()
    sagemaker._resources[f"{ACCOUNT}:endpoint/digits"]["ProductionVariants"] = [{"VariantName": "AllTraffic"}]
    return sagemaker


def test_an_endpoint_has_an_alarm_for_errors_and_one_for_latency(served: FakeSageMaker) -> None:
    alarms = FakeManagedAlarms()

    assert create_alarms(plan_of(), served, alarms, FakeAlarms()) == {"Alarms": NAMES}
    assert list(alarms.requests) == managed_alarms_of(served.describe_endpoint("digits")) == NAMES
    create_alarms(plan_of(), served, alarms, FakeAlarms())
    assert list(alarms.requests) == NAMES


def test_an_alarm_that_fires_already_would_roll_any_update_back(served: FakeSageMaker) -> None:
    states = FakeAlarms()
    states.states = {NAMES[0]: "OK", NAMES[1]: "ALARM"}

    with pytest.raises(AlarmAlreadyFiring, match=f"{NAMES[1]} .* is in ALARM"):
        create_alarms(plan_of(), served, FakeManagedAlarms(), states)


def test_a_new_endpoint_has_none(sagemaker: FakeSageMaker) -> None:
    assert create_alarms(plan_of(), sagemaker, FakeManagedAlarms(), FakeAlarms()) == {"Alarms": []}


# SageMaker sends 1 or 0 for an error with each invocation: the average is the ratio (developer guide, metrics).
@pytest.mark.parametrize(("before", "threshold"), [(None, 0.05), (0.0, 0.05), (0.02, 0.05), (0.2, 0.4), (0.9, 0.5)])
def test_errors_are_a_ratio_above_what_the_endpoint_has_had(before: float | None, threshold: float) -> None:
    request = alarm_request(ERRORS[0], OF, before)

    assert (request["Statistic"], request["Threshold"], request["TreatMissingData"]) == (
        "Average",
        threshold,
        "notBreaching",
    )
    assert request["Dimensions"] == [{"Name": name, "Value": value} for name, value in OF.items()]


@pytest.mark.parametrize(
    ("before", "threshold"), [(None, MAX_LATENCY), (5_000.0, 105_000.0), (300_000.0, 600_000.0), (4e7, MAX_LATENCY)]
)
def test_latency_is_compared_with_that_of_the_version_before(before: float | None, threshold: float) -> None:
    request = alarm_request(LATENCY, OF, before)

    assert (request["ExtendedStatistic"], request["Threshold"]) == ("p95", threshold)
    assert "Statistic" not in request


def test_cloudwatch_takes_the_requests(stub: Stub) -> None:
    for metric in (*ERRORS, LATENCY):
        stubber = stub("cloudwatch")
        stubber.add_response("put_metric_alarm", {}, alarm_request(metric, OF, 1.0))
        Boto3Alarms(stubber.client).put(alarm_request(metric, OF, 1.0))


@pytest.mark.parametrize(("values", "found"), [([], None), ([0.1], 0.1), ([0.1, 0.3], 0.3)])
def test_a_value_is_the_largest_of_the_days(stub: Stub, values: list[float], found: float | None) -> None:
    stubber = stub("cloudwatch")
    times = [SINCE] * len(values)
    result = {"Id": "value", "Timestamps": times, "Values": values, "StatusCode": "Complete"}
    stubber.add_response("get_metric_data", {"MetricDataResults": [result]})

    assert Boto3Alarms(stubber.client).value(LATENCY, OF, SINCE) == found


def test_only_alarms_that_exist_are_deleted(stub: Stub) -> None:
    stubber = stub("cloudwatch")
    asked = {"AlarmNames": NAMES, "AlarmTypes": ["MetricAlarm"]}
    stubber.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": name} for name in NAMES[:2]]}, asked)
    for name in NAMES[:2]:
        stubber.add_response("delete_alarms", {}, {"AlarmNames": [name]})
    stubber.add_response("describe_alarms", {"MetricAlarms": []}, asked)

    delete_alarms(stubber.client, NAMES)
    delete_alarms(stubber.client, NAMES)


def test_the_history_of_an_alarm_is_read(stub: Stub) -> None:
    stubber: Stubber = stub("cloudwatch")
    item: dict[str, Any] = {"AlarmName": NAMES[0], "HistoryItemType": "StateUpdate", "HistoryData": "{}"}
    stubber.add_response("describe_alarm_history", {"AlarmHistoryItems": [item]})
    assert alarm_history(stubber.client, NAMES[0], SINCE) == [item]
    client = boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as denied:
        denied.add_client_error("describe_alarm_history", "AccessDenied", "No.", 403)
        with pytest.raises(AccessDenied):
            alarm_history(client, NAMES[0], SINCE)
