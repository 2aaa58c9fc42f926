"""ExplainFailure: cause, remedy and the log lines that prove it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.deployment.plan import Artifact
from slipway.errors import AccessDenied, InputRefused, ServiceThrottled
from slipway.failure.explain_failure import INPUT_HINT, OTHER_HINT, Explanation, Failure, explain_failure, message_of
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.storage import FakeStorage
from tests.unit.execution import artifact, plan_of

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
PING = "The primary container for production variant AllTraffic did not pass the ping health check."


def explain(
    state: str, error: str, cause: str, logs: FakeEndpointLogs | None = None, found: Artifact | None = None
) -> Explanation:
    failure = Failure(State=state, Error=error, Cause=cause)
    return explain_failure(failure, plan_of(), found, START.isoformat(), logs or FakeEndpointLogs(), FakeStorage())


def endpoint_failed(reason: str, *lines: str) -> Explanation:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-0123", START + timedelta(minutes=1), *lines)
    return explain("IsEndpointInService", "EndpointFailed", reason, logs)


@pytest.mark.parametrize(
    ("reason", "line", "name"),
    [
        (PING, "ModuleNotFoundError: No module named 'torch'", "ContainerImportError"),
        (PING, "ImportError: cannot import name 'x'", "ContainerImportError"),
        (PING, "MemoryError", "ContainerOutOfMemory"),
        (PING, "torch.cuda.OutOfMemoryError: CUDA out of memory.", "ContainerOutOfMemory"),
        (PING, "listening on port 8081", "ContainerFailedPing"),
        ('Failed to extract model data archive for container "container_1" from URL "s3://m".', "", "ArtifactCorrupt"),
        ("Could not find model data at s3://models/model.tar.gz.", "", "ArtifactMissing"),
        (
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.",
            "",
            "CapacityUnavailable",
        ),
        ("CapacityError: Unable to provision.", "", "CapacityUnavailable"),
        ("The image '811284229777.dkr.ecr.us-east-1.amazonaws.com/x:1' does not exist.", "", "ImageNotFound"),
    ],
)
def test_a_failed_endpoint_is_explained_by_its_reason_and_its_log(reason: str, line: str, name: str) -> None:
    explanation = endpoint_failed(reason, line)

    assert explanation["Error"] == name
    assert explanation["Message"] == reason
    assert explanation["Hint"][-1] == "."
    assert explanation["LogTail"] == [line]


@pytest.mark.parametrize(
    ("state", "error", "cause", "name"),
    [
        (
            "CreateEndpoint",
            "QuotaExceeded",
            "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances",
            "QuotaExceeded",
        ),
        (
            "CreateModel",
            "RoleNotAssumable",
            "Could not assume role arn:aws:iam::111122223333:role/r.",
            "RoleNotAssumable",
        ),
        ("IsEndpointInService", "DeploymentRolledBack", "SageMaker gave no reason.", "DeploymentRolledBack"),
        ("CreateEndpoint", "DeadlineExceeded", "The endpoint stayed busy.", "DeadlineExceeded"),
        ("CreateModel", "ModelNameTaken", "A model named digits-1 exists.", "ModelNameTaken"),
    ],
)
def test_an_error_of_a_step_is_explained_by_its_name(state: str, error: str, cause: str, name: str) -> None:
    assert explain(state, error, json.dumps({"errorMessage": cause, "errorType": error}))["Error"] == name


def test_an_error_without_a_cause_of_ours_keeps_its_name_and_says_where_to_look() -> None:
    explanation = explain("CreateModel", "ModelNameTaken", "A model of this name exists.")

    assert (explanation["Error"], explanation["Hint"]) == ("ModelNameTaken", OTHER_HINT)


@pytest.mark.parametrize("state", ["PlanDeployment", "ResolveImage", "InspectArtifact"])
def test_what_was_refused_before_anything_existed_is_the_users_to_correct(state: str) -> None:
    explanation = explain(state, "FieldUnknown", "QuotaExceeded is not a field of a deployment.")

    assert (explanation["Error"], explanation["Hint"]) == ("FieldUnknown", INPUT_HINT)


@given(st.sampled_from([kind.__name__ for kind in InputRefused.__subclasses__()]), st.text())
def test_a_refused_input_keeps_its_name_whatever_it_quotes(name: str, quoted: str) -> None:
    assert explain("PlanDeployment", name, f"EndpointName is {quoted}.")["Error"] == name


def test_a_failure_before_the_endpoint_has_no_log() -> None:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-0123", START + timedelta(minutes=1), "an earlier deployment's")

    assert explain("CreateModel", "AwsRefused", "No.", logs)["LogTail"] == []
    assert logs.asked == []


def test_an_input_that_was_never_planned_is_explained_without_a_plan() -> None:
    failure = Failure(State="PlanDeployment", Error="FieldMissing", Cause="EndpointName is missing.")

    explanation = explain_failure(failure, None, None, START.isoformat(), FakeEndpointLogs(), FakeStorage())

    assert (explanation["Error"], explanation["IsSuperseded"]) == ("FieldMissing", False)


def test_only_the_last_lines_are_shown_and_each_is_cut() -> None:
    tail = endpoint_failed(PING, *(f"line {number}" for number in range(100)), "x" * 5000)["LogTail"]

    assert len(tail) == 30
    assert tail[-2] == "line 99"
    assert len(tail[-1]) == 400


def test_lines_from_before_the_execution_are_not_its_own() -> None:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-0123", START - timedelta(minutes=1), "ModuleNotFoundError: an old one")
    logs.write("digits", "AllTraffic/i-0123", START + timedelta(minutes=1), "listening")

    explanation = explain("IsEndpointInService", "EndpointFailed", PING, logs)

    assert (explanation["Error"], explanation["LogTail"]) == ("ContainerFailedPing", ["listening"])


class RefusingLogs(FakeEndpointLogs):
    """A log that may not be read, or not now."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def tail(self, endpoint_name: str, since: str, lines: int) -> list[str]:
        raise self.error


def test_a_log_that_may_not_be_read_does_not_hide_the_cause() -> None:
    explanation = explain("IsEndpointInService", "EndpointFailed", PING, RefusingLogs(AccessDenied("no")))

    assert (explanation["Error"], explanation["LogTail"]) == ("ContainerFailedPing", [])


def test_a_log_that_may_not_be_read_now_is_read_later() -> None:
    with pytest.raises(ServiceThrottled):
        explain("IsEndpointInService", "EndpointFailed", PING, RefusingLogs(ServiceThrottled("Rate exceeded")))


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ('{"errorMessage": "It is text.", "errorType": "ArtifactNotGzip"}', "It is text."),
        ("The endpoint failed.", "The endpoint failed."),
        ('{"errorType": "Sandbox.Timedout"}', '{"errorType": "Sandbox.Timedout"}'),
        ('{"errorMessage": 5}', '{"errorMessage": 5}'),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_the_message_is_the_sentence_in_the_cause(cause: str, message: str) -> None:
    assert message_of(cause) == message


@pytest.mark.parametrize(("uploaded", "superseded"), [(b"the same", False), (b"a newer one", True), (None, False)])
def test_an_upload_that_was_replaced_on_the_way_is_superseded(uploaded: bytes | None, superseded: bool) -> None:
    storage, plan = FakeStorage(), plan_of()
    storage.make_bucket("models")
    storage.put("models", "digits/model.tar.gz", b"the same")
    found = artifact(storage.open("models", "digits/model.tar.gz").etag)
    if uploaded is None:
        storage = FakeStorage()
    else:
        storage.put("models", "digits/model.tar.gz", uploaded)
    plan["Trigger"] = "Upload"
    failure = Failure(State="IsEndpointInService", Error="EndpointFailed", Cause="Failed to download model data")

    explanation = explain_failure(failure, plan, found, START.isoformat(), FakeEndpointLogs(), storage)

    assert explanation["IsSuperseded"] is superseded
