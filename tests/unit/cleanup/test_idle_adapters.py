"""What is asked of SageMaker, tagging, CloudWatch and S3 about idle endpoints, and what is made of their answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from slipway.aws.endpoint_listing import Boto3EndpointListing, ListedEndpoint
from slipway.aws.retry import Page
from slipway.aws.tag_index import Boto3TagIndex
from slipway.cleanup.aws import POSITION_KEY, Boto3CloudWatch, Boto3Position
from slipway.cleanup.snapshot import Metric, Series
from slipway.errors import AccessDenied, ServiceThrottled, ServiceUnavailable, SlipwayError
from tests.unit.conftest import Stub

ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/digits"
CREATED, SINCE = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 22, 19, tzinfo=UTC)
UNTIL, MINUTE = SINCE + timedelta(hours=3), timedelta(minutes=1)
VARIANT = (("EndpointName", "digits"), ("VariantName", "AllTraffic"))
INVOCATIONS = Metric("AWS/SageMaker", "Invocations", "Sum", VARIANT)
CONTROL = Metric("/aws/sagemaker/Endpoints", "CPUUtilization", "SampleCount", VARIANT)


def minute(number: int) -> datetime:
    return SINCE + number * MINUTE


def result(index: int, values: dict[int, float], status: str = "Complete", **fields: Any) -> dict[str, Any]:
    times = [minute(number) for number in values]
    return {"Id": f"m{index}", "Timestamps": times, "Values": list(values.values()), "StatusCode": status, **fields}


def measure(stubber: Stubber, *metrics: Metric) -> dict[Metric, Series]:
    return dict(Boto3CloudWatch(stubber.client).measure(metrics, SINCE, UNTIL, MINUTE))


def test_endpoints_come_by_name_a_hundred_a_page(stub: Stub) -> None:
    sagemaker = stub("sagemaker")
    about = {"CreationTime": CREATED, "LastModifiedTime": UNTIL, "EndpointStatus": "InService"}
    asked = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 100}
    listed = {"Endpoints": [{"EndpointName": "digits", "EndpointArn": ARN, **about}], "NextToken": "more"}
    sagemaker.add_response("list_endpoints", listed, asked)
    sagemaker.add_response("list_endpoints", {"Endpoints": []}, {**asked, "NextToken": "more"})
    listing = Boto3EndpointListing(sagemaker.client)

    assert listing.endpoints("") == Page([ListedEndpoint("digits", ARN, "InService", CREATED, UNTIL)], "more")
    assert listing.endpoints("more") == Page([], "")


def test_endpoints_that_changed_are_asked_for_by_the_instant(stub: Stub) -> None:
    sagemaker = stub("sagemaker")
    asked = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 100, "LastModifiedTimeAfter": SINCE}
    sagemaker.add_response("list_endpoints", {"Endpoints": []}, asked)

    assert Boto3EndpointListing(sagemaker.client).endpoints("", SINCE) == Page([], "")


def test_tags_of_resources_are_read_by_their_arns_and_what_is_not_known_is_left_out(stub: Stub) -> None:
    tagging = stub("resourcegroupstaggingapi")
    found = {"ResourceARN": ARN, "Tags": [{"Key": "slipway:stack", "Value": "slipway"}, {"Key": "a", "Value": ""}]}
    tagging.add_response("get_resources", {"ResourceTagMappingList": [found]}, {"ResourceARNList": [ARN, "arn:other"]})

    assert Boto3TagIndex(tagging.client).tags_of([ARN, "arn:other"]) == {ARN: {"slipway:stack": "slipway", "a": ""}}


def test_inference_components_are_those_of_the_endpoint(stub: Stub) -> None:
    sagemaker = stub("sagemaker")
    about = {"EndpointArn": ARN, "EndpointName": "digits", "VariantName": "A", "InferenceComponentArn": ARN}
    about |= {"CreationTime": CREATED, "LastModifiedTime": CREATED}  # type: ignore[dict-item]
    answer = {"InferenceComponents": [{**about, "InferenceComponentName": "llama"}]}
    sagemaker.add_response("list_inference_components", answer, {"EndpointNameEquals": "digits", "MaxResults": 100})

    assert Boto3EndpointListing(sagemaker.client).components("digits", "") == Page(["llama"], "")


def test_variants_are_those_that_reported_lately_and_instances_are_passed_over(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    plain = [{"Name": name, "Value": value} for name, value in VARIANT]
    enhanced = [*plain, {"Name": "InstanceId", "Value": "i-1"}]
    about = {"Namespace": "/aws/sagemaker/Endpoints", "MetricName": "CPUUtilization"}
    metrics = [{**about, "Dimensions": dimensions} for dimensions in (plain, enhanced)]
    asked = {**about, "RecentlyActive": "PT3H"}
    cloudwatch.add_response("list_metrics", {"Metrics": metrics, "NextToken": "more"}, asked)
    cloudwatch.add_response("list_metrics", {"Metrics": []}, {**asked, "NextToken": "more"})
    adapter = Boto3CloudWatch(cloudwatch.client)

    assert adapter.reporting("") == Page([("digits", "AllTraffic")], "more")
    assert adapter.reporting("more") == Page([], "")


def test_asynchronous_endpoints_are_those_with_a_backlog(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    about = {"Namespace": "AWS/SageMaker", "MetricName": "ApproximateBacklogSize"}
    metrics = [{**about, "Dimensions": [{"Name": "EndpointName", "Value": "queue"}]}]
    cloudwatch.add_response("list_metrics", {"Metrics": metrics}, {**about, "RecentlyActive": "PT3H"})

    assert Boto3CloudWatch(cloudwatch.client).with_backlog("") == Page(["queue"], "")


def test_a_metric_is_asked_for_in_periods_and_zero_is_no_use(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    dimensions = [{"Name": name, "Value": value} for name, value in VARIANT]
    described = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    query = {"Id": "m0", "MetricStat": {"Metric": described, "Period": 60, "Stat": "Sum"}, "ReturnData": True}
    asked = {"MetricDataQueries": [query], "StartTime": SINCE, "EndTime": UNTIL, "ScanBy": "TimestampAscending"}
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [result(0, {0: 0.0, 5: 2.0})]}, asked)

    assert measure(cloudwatch, INVOCATIONS) == {INVOCATIONS: Series((minute(5),), (2.0,))}


def test_values_of_all_pages_are_put_together_and_the_last_page_says_whether_they_are_complete(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    first = [result(0, {1: 1.0}, "PartialData"), result(1, {1: 1.0}, "PartialData")]
    last = [result(1, {3: 1.0, 2: 1.0}), result(0, {2: 1.0}, "PartialData")]
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": first, "NextToken": "more"})
    asked = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY, "ScanBy": ANY, "NextToken": "more"}
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": last}, asked)

    assert measure(cloudwatch, INVOCATIONS, CONTROL) == {
        INVOCATIONS: Series((minute(1), minute(2)), (1.0, 1.0), "PartialData"),
        CONTROL: Series((minute(1), minute(2), minute(3)), (1.0, 1.0, 1.0)),
    }


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_whatever_is_not_complete_is_trouble(stub: Stub, status: str) -> None:
    cloudwatch = stub("cloudwatch")
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [result(0, {}, status)]})

    assert measure(cloudwatch, INVOCATIONS)[INVOCATIONS].trouble == status


def test_messages_are_trouble_even_where_the_answer_calls_itself_complete(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    own = result(0, {}, Messages=[{"Code": "ArithmeticError", "Value": "Who knows."}])
    whole = [{"Code": "MaxMetricsExceeded", "Value": "Too many."}]
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [own, result(1, {})], "Messages": whole})

    assert [series.trouble for series in measure(cloudwatch, INVOCATIONS, CONTROL).values()] == [
        "MaxMetricsExceeded Too many.; ArithmeticError Who knows.",
        "MaxMetricsExceeded Too many.",
    ]


def test_a_metric_without_an_answer_is_left_out(stub: Stub) -> None:
    cloudwatch = stub("cloudwatch")
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [result(1, {})]})

    assert measure(cloudwatch, INVOCATIONS, CONTROL) == {CONTROL: Series()}


ERRORS = [
    ("ThrottlingException", 400, ServiceThrottled),
    ("Throttling", 400, ServiceThrottled),
    ("InternalServiceFault", 500, ServiceUnavailable),
    ("AccessDenied", 403, AccessDenied),
]


@pytest.mark.parametrize(("code", "status", "error"), ERRORS)
def test_errors_are_translated(stub: Stub, code: str, status: int, error: type[SlipwayError]) -> None:
    sagemaker, tagging, cloudwatch = stub("sagemaker"), stub("resourcegroupstaggingapi"), stub("cloudwatch")
    listing, metrics = Boto3EndpointListing(sagemaker.client), Boto3CloudWatch(cloudwatch.client)
    calls: list[tuple[Stubber, str, Callable[[], object]]] = [
        (sagemaker, "list_endpoints", lambda: listing.endpoints("")),
        (sagemaker, "list_inference_components", lambda: listing.components("digits", "")),
        (tagging, "get_resources", lambda: Boto3TagIndex(tagging.client).tags_of([ARN])),
        (cloudwatch, "list_metrics", lambda: metrics.reporting("")),
        (cloudwatch, "get_metric_data", lambda: metrics.measure([INVOCATIONS], SINCE, UNTIL, MINUTE)),
    ]
    for stubber, operation, call in calls:
        stubber.add_client_error(operation, code, "No.", status)
        with pytest.raises(error):
            call()


def test_a_position_is_written_and_read(stub: Stub) -> None:
    s3 = stub("s3")
    position = Boto3Position(s3.client, "models")
    s3.add_response("put_object", {}, {"Bucket": "models", "Key": POSITION_KEY, "Body": b"digits"})
    s3.add_response(
        "list_objects_v2",
        {"Contents": [{"Key": POSITION_KEY}]},
        {"Bucket": "models", "Prefix": POSITION_KEY, "MaxKeys": 1},
    )
    body = StreamingBody(BytesIO(b"digits"), 6)
    s3.add_response("get_object", {"Body": body}, {"Bucket": "models", "Key": POSITION_KEY})

    position.write("digits")

    assert position.read() == "digits"


def test_without_a_position_there_is_none(stub: Stub) -> None:
    s3 = stub("s3")
    s3.add_response("list_objects_v2", {}, {"Bucket": "models", "Prefix": POSITION_KEY, "MaxKeys": 1})

    assert Boto3Position(s3.client, "models").read() == ""
