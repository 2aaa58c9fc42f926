"""An account of many endpoints, computed from their numbers: clients as boto3's, which count the calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 22, 22, 0, 30, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/"
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:slipway"
EXECUTION = MACHINE.replace(":stateMachine:", ":execution:") + ":"
WEEK, DAY, MINUTES = timedelta(days=7), timedelta(days=1), timedelta(minutes=5)
DIGEST = len("-0f1e2d3c4b5a")
PAGE, METRICS_PAGE, VALUES = 100, 500, 100_800

# What an endpoint is, by its number: of every hundred so many are used, and so on.
KINDS = (
    *["used"] * 78,
    *["idle"] * 5,
    *["young"] * 4,
    *["protected"] * 4,
    *["asynchronous"] * 3,
    *["patient"] * 3,  # with a window of ten days of their own
    *["two variants"] * 2,
    "serverless",
)


def kind_of(number: int) -> str:
    return KINDS[number * 37 % len(KINDS)]


class Account:
    """`calls` counts operations; `deleted` are names."""

    def __init__(self, size: int, now: datetime = NOW) -> None:
        self.size = size
        self.now = now
        self.calls: Counter[str] = Counter()
        self.deleted: set[str] = set()

    @property
    def idle(self) -> set[str]:
        """Return the names of those that ought to be deleted."""
        return {name(number) for number in range(self.size) if kind_of(number) == "idle"}

    # SageMaker

    def list_endpoints(self, **request: Any) -> dict[str, Any]:
        """Return a page of 100; nothing changes while it is read."""
        self.calls["ListEndpoints"] += 1
        if request.get("LastModifiedTimeAfter", self.now - MINUTES) > self.now - MINUTES:
            return {"Endpoints": []}
        numbers, rest = self._page(request.get("NextToken", ""), PAGE)
        return {
            "Endpoints": [_summary(number, self.now) for number in numbers],
            **({"NextToken": rest} if rest else {}),
        }

    def describe_endpoint(self, **request: str) -> dict[str, Any]:
        """Return one endpoint."""
        self.calls["DescribeEndpoint"] += 1
        return _description(number_of(request["EndpointName"]), self.now)

    def list_tags(self, **request: str) -> dict[str, Any]:
        """Return its tags."""
        self.calls["ListTags"] += 1
        return {"Tags": _tags(number_of(request["ResourceArn"]))}

    def delete_endpoint(self, **request: str) -> None:
        """Note its name."""
        self.calls["DeleteEndpoint"] += 1
        self.deleted.add(request["EndpointName"])

    def describe_endpoint_config(self, **request: str) -> dict[str, Any]:
        """Return the configuration of an endpoint, whose name it begins with."""
        self.calls["DescribeEndpointConfig"] += 1
        name_of_config = request["EndpointConfigName"]
        hosted = [{"VariantName": variant} for variant in variants(number_of(name_of_config[:-DIGEST]))]
        typed = [one | {"InstanceType": "ml.m5.xlarge"} for one in hosted]
        serverless = kind_of(number_of(name_of_config[:-DIGEST])) == "serverless"
        arn = ARN.replace(":endpoint/", ":endpoint-config/") + name_of_config
        return {"EndpointConfigArn": arn, "ProductionVariants": hosted if serverless else typed}

    def add_tags(self, **request: Any) -> dict[str, Any]:
        """Return the new tags."""
        self.calls["AddTags"] += 1
        return {"Tags": request["Tags"]}

    def get_paginator(self, operation: str) -> Paginator:
        """Return the paginator of an operation."""
        return Paginator(getattr(self, operation))

    # Application Auto Scaling: nothing is scaled

    def describe_scalable_targets(self, **_: Any) -> dict[str, Any]:
        """Return none."""
        self.calls["DescribeScalableTargets"] += 1
        return {"ScalableTargets": []}

    def deregister_scalable_target(self, **_: Any) -> None:
        """Refuse, as there is none."""
        self.calls["DeregisterScalableTarget"] += 1
        error = {"Code": "ObjectNotFoundException", "Message": "No scalable target found"}
        raise ClientError({"Error": error}, "DeregisterScalableTarget")

    # Resource Groups Tagging

    def get_resources(self, **request: Any) -> dict[str, Any]:
        """Return a page of 100 endpoints with their tags, or the tags of configurations."""
        self.calls["GetResources"] += 1
        if "ResourceARNList" in request:
            typed = {"Key": "slipway:instance-type", "Value": "ml.m5.xlarge"}
            arns = request["ResourceARNList"]
            tagged = [{"ResourceARN": arn, "Tags": [*_tags(number_of(arn[:-DIGEST])), typed]} for arn in arns]
            return {"ResourceTagMappingList": tagged}
        numbers, rest = self._page(request.get("PaginationToken", ""), PAGE)
        found = [{"ResourceARN": ARN + name(number), "Tags": _tags(number)} for number in numbers]
        return {"ResourceTagMappingList": found, "PaginationToken": rest}

    # CloudWatch

    def list_metrics(self, **request: Any) -> dict[str, Any]:
        """Return a page of 500 sets of dimensions."""
        self.calls["ListMetrics"] += 1
        with_variants = request["MetricName"] != "ApproximateBacklogSize"
        number, found = int(request.get("NextToken", "") or 0), list[dict[str, Any]]()
        while number < self.size and len(found) < METRICS_PAGE - 1:
            if with_variants or kind_of(number) == "asynchronous":
                found += [{"Dimensions": one} for one in _dimensions(number, with_variants=with_variants)]
            number += 1
        return {"Metrics": found, **({"NextToken": str(number)} if number < self.size else {})}

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        """Return what 500 metrics have, all on one page."""
        self.calls["GetMetricData"] += 1
        results = [_result(query, request["StartTime"], request["EndTime"]) for query in request["MetricDataQueries"]]
        assert len(results) <= METRICS_PAGE
        assert sum(len(result["Values"]) for result in results) <= VALUES
        return {"MetricDataResults": results}

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        """Return the values of one metric."""
        self.calls["GetMetricStatistics"] += 1
        used = kind_of(number_of(request["Dimensions"][0]["Value"])) in USED
        return {"Datapoints": [{"Timestamp": NOW - MINUTES, "Sum": 3.0}] if used else []}

    def _page(self, token: str, length: int) -> tuple[range, str]:
        start = int(token or 0)
        end = min(start + length, self.size)
        return range(start, end), str(end) if end < self.size else ""


class Paginator:
    """Of an operation whose answer is one page."""

    def __init__(self, operation: Any) -> None:
        self._operation = operation

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield its one page."""
        yield self._operation(**request)


USED = {"used", "asynchronous", "patient", "two variants"}


def name(number: int) -> str:
    return f"endpoint-{number:06d}"


def number_of(name_or_arn: str) -> int:
    return int(name_or_arn[-6:])


def variants(number: int) -> list[str]:
    return ["Blue", "Green"] if kind_of(number) == "two variants" else ["AllTraffic"]


def _tags(number: int) -> list[dict[str, str]]:
    tags = {"slipway:stack": "slipway", "slipway:endpoint": name(number), "slipway:execution": f"{EXECUTION}{number}"}
    tags |= {"protected": {"slipway:protected": "true"}, "patient": {"slipway:idle-after-minutes": "14400"}}.get(
        kind_of(number), {}
    )
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _summary(number: int, now: datetime) -> dict[str, Any]:
    changed = now - (MINUTES if kind_of(number) == "young" else 5 * WEEK)
    about = {"EndpointName": name(number), "EndpointArn": ARN + name(number), "EndpointStatus": "InService"}
    return {**about, "CreationTime": changed, "LastModifiedTime": changed}


def _description(number: int, now: datetime) -> dict[str, Any]:
    kind = kind_of(number)
    hosting = {"CurrentServerlessConfig": {}, "DesiredServerlessConfig": {"MemorySizeInMB": 1024}}
    shown: dict[str, Any] = hosting if kind == "serverless" else {"CurrentInstanceCount": 1}
    shown["DeployedImages"] = [{"SpecifiedImage": "image:1"}]
    described = {**_summary(number, now), "EndpointConfigName": f"{name(number)}-0f1e2d3c4b5a"}
    described["ProductionVariants"] = [{"VariantName": variant, **shown} for variant in variants(number)]
    return described | ({"AsyncInferenceConfig": {"OutputConfig": {}}} if kind == "asynchronous" else {})


def _dimensions(number: int, *, with_variants: bool) -> Iterator[list[dict[str, str]]]:
    endpoint = {"Name": "EndpointName", "Value": name(number)}
    if not with_variants:
        yield [endpoint]
    elif kind_of(number) != "serverless":
        for variant in variants(number):
            yield [endpoint, {"Name": "VariantName", "Value": variant}]


def _result(query: dict[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
    metric = query["MetricStat"]["Metric"]
    period = timedelta(seconds=query["MetricStat"]["Period"])
    times: list[datetime] = []
    values: list[float] = []
    if metric["MetricName"] == "CPUUtilization":
        times = [since + index * period for index in range(-((since - until) // period))]
        values = [min(period, until - time) / timedelta(minutes=1) for time in times]  # reports
    elif _is_used(metric["MetricName"], {one["Name"]: one["Value"] for one in metric["Dimensions"]}):
        times, values = [since + (until - MINUTES - since) // period * period], [1.0]
    return {"Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": "Complete"}


def _is_used(metric: str, dimensions: dict[str, str]) -> bool:
    kind = kind_of(number_of(dimensions["EndpointName"]))
    if kind == "asynchronous":
        return metric == "InvocationsProcessed"
    return kind in USED and dimensions.get("VariantName") != "Blue"
