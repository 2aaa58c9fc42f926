"""ExplainFailure: cause, remedy and the log lines that prove it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import AccessDenied, InputRefused, ServiceThrottled
from slipway.failure.explain_failure import (
    INPUT_HINT,
    MAX_EXPLANATION,
    OTHER_HINT,
    SILENT_HINT,
    FailedDeployment,
    Failure,
    explain_failure,
    message_of,
)
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.storage import FakeStorage
from tests.unit.execution import artifact, plan_of
from tests.unit.failure.explanations import PING, START, endpoint_failed, explain, log_of


@pytest.mark.parametrize(
    ("reason", "line", "name"),
    [
        ('Failed to extract model data archive for container "container_1" from URL "s3://m".', "", "ArtifactCorrupt"),
        ("Could not find model data at s3://models/model.tar.gz.", "", "ArtifactDownloadFailed"),
        (
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.",
            "",
            "CapacityUnavailable",
        ),
        ("CapacityError: Unable to provision.", "", "CapacityUnavailable"),
        ("The image '811284229777.dkr.ecr.us-east-1.amazonaws.com/x:1' does not exist.", "", "ImageNotFound"),
    ],
)
def test_what_sagemaker_says_for_certain_decides(reason: str, line: str, name: str) -> None:
    explanation = endpoint_failed(reason, line or "ModuleNotFoundError: No module named 'torch'")

    assert (explanation["Error"], explanation["Message"]) == (name, reason)
    assert explanation["Hint"][-1] == "."


def test_the_log_decides_where_sagemaker_does_not_know() -> None:
    explanation = endpoint_failed(PING, "starting", "ModuleNotFoundError: No module named 'torch'")

    assert explanation["Error"] == "ContainerImportError"
    assert explanation["Message"] == f"ModuleNotFoundError: No module named 'torch'. {PING}"
    assert "the module torch to code/requirements.txt" in explanation["Hint"]


def test_a_container_that_wrote_nothing_never_started() -> None:
    explanation = explain("IsEndpointInService", "EndpointFailed", PING)

    assert (explanation["Error"], explanation["Hint"]) == ("ContainerFailedPing", SILENT_HINT)


def test_the_model_s_own_code_is_named_with_its_place_in_the_archive() -> None:
    explanation = endpoint_failed(
        PING,
        "Traceback (most recent call last):",
        '  File "/miniconda3/lib/python3.9/site-packages/sagemaker_inference/transformer.py", line 158, in initialize',
        "    self._model = self._model_fn(model_dir)",
        '  File "/opt/ml/model/code/inference.py", line 4, in model_fn',
        "    return 1 / 0",
        "ZeroDivisionError: division by zero",
    )

    assert explanation["Error"] == "ModelCodeFailed"
    assert explanation["Message"].startswith("ZeroDivisionError: division by zero (code/inference.py:4). The primary")
    assert "code/inference.py:4" in explanation["Hint"]


def test_an_exception_that_no_rule_knows_is_shown_under_the_general_name() -> None:
    explanation = endpoint_failed(
        PING, "Traceback (most recent call last):", '  File "/serve.py", line 1', "OddError: 7"
    )

    assert explanation["Error"] == "ContainerFailedPing"
    assert explanation["Message"].startswith("OddError: 7. ")


def test_the_failing_container_of_two_is_shown() -> None:
    logs = log_of("torch.cuda.OutOfMemoryError: CUDA out of memory.")
    logs.write("digits", "AllTraffic/i-9", START + timedelta(minutes=2), "loaded", '"GET /ping HTTP/1.1" 200 0')

    explanation = explain("IsEndpointInService", "EndpointFailed", PING, logs)

    assert explanation["Error"] == "GpuOutOfMemory"


def test_what_the_containers_wrote_that_served_before_is_not_shown() -> None:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-old", START - timedelta(minutes=5), "MemoryError")
    logs.write("digits", "AllTraffic/i-old", START + timedelta(minutes=5), "MemoryError")

    assert explain("IsEndpointInService", "DeploymentRolledBack", PING, logs)["LogTail"] == []


def test_a_smoke_test_is_explained_by_containers_that_served_before_too() -> None:
    logs = FakeEndpointLogs()
    logs.write("digits", "AllTraffic/i-old", START - timedelta(minutes=5), "started")
    logs.write("digits", "AllTraffic/i-old", START + timedelta(minutes=5), "MemoryError")

    explanation = explain("SmokeTest", "SmokeTestFailed", "The endpoint digits answered with 500: MemoryError", logs)

    assert (explanation["Error"], explanation["LogTail"]) == ("SmokeTestFailed", ["MemoryError"])
    assert "more memory" in explanation["Hint"]


def test_a_deadline_is_explained_by_what_the_container_said() -> None:
    cause = "The endpoint was still Creating at the deadline, 2026-11-01T13:00:00Z."

    assert explain("IsEndpointInService", "DeadlineExceeded", cause, log_of("MemoryError"))["Error"] == (
        "ContainerOutOfMemory"
    )
    assert explain("IsEndpointInService", "DeadlineExceeded", cause, log_of("error: Worker died."))["Error"] == (
        "DeadlineExceeded"
    )


def test_the_cause_is_shown_though_it_scrolled_out() -> None:
    evidence = ["Traceback (most recent call last):", "  from model import net", "MemoryError"]
    pings = [
        "[error] 11#11: *1 connect() to unix:/tmp/gunicorn.sock failed (111: refused) while connecting to upstream",
        '"GET /ping HTTP/1.1" 502 173 "-" "AHC/2.0"',
    ] * 200

    explanation = endpoint_failed(PING, "starting", *evidence, *pings)

    assert explanation["Error"] == "ContainerOutOfMemory"
    assert explanation["LogTail"][:4] == ["starting", *evidence]


@pytest.mark.parametrize("character", ['"', "\x1b", "\U0001f600", "x"])
def test_an_explanation_fits_into_a_cause_whatever_it_quotes(character: str) -> None:
    explanation = endpoint_failed(character * 9_000, *[f"{number} {character * 900}" for number in range(100)])

    assert len(json.dumps(explanation)) <= MAX_EXPLANATION
    assert len(explanation["LogTail"]) == 30
    assert explanation["LogTail"][-1].startswith("99 ")


@pytest.mark.parametrize(
    ("message", "name", "remedy"),
    [
        ("User: a is not authorized to perform: kms:Decrypt on resource: k", "AccessDenied", "Grant kms:Decrypt"),
        ("a is not authorized to perform: iam:PassRole on resource: r", "AccessDenied", "iam:PassedToService"),
        ("a is not authorized to perform: ec2:DescribeSubnets", "VpcConfigInvalid", "Grant ec2:DescribeSubnets"),
        ("a is not authorized to perform: sagemaker:CreateModel", "AccessDenied", "Grant sagemaker:CreateModel"),
        (
            "a is not authorized to perform: sagemaker:CreateModel with an explicit deny in a service control policy",
            "AccessDenied",
            "administrator",
        ),
        ("The role 'r' does not have BatchGetImage permission for the image: 'i'.", "ImageAccessDenied", "ecr:Batch"),
    ],
)
def test_a_denial_is_explained_by_the_action_that_it_names(message: str, name: str, remedy: str) -> None:
    explanation = explain("CreateModel", "AwsRefused", message)

    assert explanation["Error"] == name
    assert remedy in explanation["Hint"]


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


def test_a_denial_of_ours_keeps_its_name_and_has_the_remedy_of_the_action() -> None:
    message = "The stack may not copy s3://a/b (User: u is not authorized to perform: s3:PutObject on resource: r)."

    explanation = explain("CreateModel", "ArtifactAccessDenied", message)

    assert explanation["Error"] == "ArtifactAccessDenied"
    assert "Grant s3:PutObject" in explanation["Hint"]


@pytest.mark.parametrize("state", ["PlanDeployment", "ResolveImage", "InspectArtifact"])
def test_what_was_refused_before_anything_existed_is_the_users_to_correct(state: str) -> None:
    explanation = explain(state, "FieldUnknown", "QuotaExceeded is not a field of a deployment.")

    assert (explanation["Error"], explanation["Hint"]) == ("FieldUnknown", INPUT_HINT)


@given(st.sampled_from([kind.__name__ for kind in InputRefused.__subclasses__()]), st.text())
def test_a_refused_input_keeps_its_name_whatever_it_quotes(name: str, quoted: str) -> None:
    assert explain("PlanDeployment", name, f"EndpointName is {quoted}.")["Error"] == name


def test_a_failure_before_the_endpoint_has_no_log() -> None:
    logs = log_of("an earlier deployment's")

    assert explain("CreateModel", "AwsRefused", "No.", logs)["LogTail"] == []
    assert logs.asked == []


def test_an_input_that_was_never_planned_is_explained_without_a_plan() -> None:
    failure = Failure(State="PlanDeployment", Error="FieldMissing", Cause="EndpointName is missing.")

    explanation = explain_failure(
        FailedDeployment(failure, None, None, START.isoformat()), FakeEndpointLogs(), FakeStorage().current_etag
    )

    assert (explanation["Error"], explanation["IsSuperseded"]) == ("FieldMissing", False)


def test_where_nothing_is_found_the_last_lines_are_shown_and_each_is_cut() -> None:
    tail = endpoint_failed(PING, *(f"line {number}" for number in range(100)), "x" * 5000)["LogTail"]

    assert len(tail) == 30
    assert tail[-2] == "line 99"
    assert len(tail[-1]) == 400


class RefusingLogs(FakeEndpointLogs):
    """A log that may not be read, or not now."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def __call__(self, endpoint_name: str, since: str, lines: int, or_older: bool) -> list[list[str]]:
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

    explanation = explain_failure(
        FailedDeployment(failure, plan, found, START.isoformat()), FakeEndpointLogs(), storage.current_etag
    )

    assert explanation["IsSuperseded"] is superseded
