"""AWS's errors become ours: by code, and by the beginning of the message where one code has several meanings."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from hypothesis import given
from hypothesis import strategies as st

from slipway.aws.errors import aws_errors, translated
from slipway.errors import (
    AccessDenied,
    AlreadyExists,
    AwsRefused,
    EndpointBusy,
    NotFound,
    QuotaExceeded,
    RoleNotAssumable,
    ServiceThrottled,
    ServiceUnavailable,
    SlipwayError,
)

ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/digits"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
VALIDATION = "ValidationException"


def client_error(code: str, message: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "CreateEndpoint")


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (VALIDATION, f'Could not find endpoint "{ARN}".', NotFound),
        (VALIDATION, f'Could not find endpoint configuration "{ARN}".', NotFound),
        (VALIDATION, f'Could not find model "{ARN}".', NotFound),
        (VALIDATION, f'Cannot create already existing model "{ARN}".', AlreadyExists),
        (VALIDATION, f'Cannot create already existing endpoint configuration "{ARN}".', AlreadyExists),
        (VALIDATION, f'Cannot create already existing endpoint "{ARN}".', AlreadyExists),
        (VALIDATION, f'Cannot update in-progress endpoint "{ARN}".', EndpointBusy),
        (VALIDATION, f'Cannot update failed endpoint "{ARN}".', AwsRefused),
        (VALIDATION, "Could not find model data at s3://models/model.tar.gz.", AwsRefused),
        (VALIDATION, "Could not access model data at s3://models/model.tar.gz. Please ensure that", AwsRefused),
        (VALIDATION, "Could not assume role arn:aws:iam::111122223333:role/r. Please ensure", RoleNotAssumable),
        (VALIDATION, f'Region of "{IMAGE}" does not match expected region of us-west-2.', AwsRefused),
        (VALIDATION, f'ECR image "{IMAGE}" is invalid', AwsRefused),
        (VALIDATION, "Role arn:aws:iam::111122223333:role/r cannot pull the image.", AwsRefused),
        (
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances",
            QuotaExceeded,
        ),
        ("ThrottlingException", "Rate exceeded", ServiceThrottled),
        ("ThrottlingException", "Rate exceeded (reached max retries: 4)", ServiceThrottled),
        ("SlowDown", "Please reduce your request rate.", ServiceThrottled),
        ("AccessDeniedException", "User is not authorized to perform: sagemaker:CreateEndpoint", AccessDenied),
        ("AccessDenied", "Access Denied", AccessDenied),
        ("ResourceNotFoundException", "The specified log group does not exist.", NotFound),
        ("ResourceNotFound", "", NotFound),
        ("ResourceInUse", "The endpoint is in use.", EndpointBusy),
    ],
)
def test_an_error_is_named_by_its_code_and_message(code: str, message: str, kind: type[SlipwayError]) -> None:
    error = translated(client_error(code, message))

    assert type(error) is kind
    assert message in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_service_may_pass(status: int) -> None:
    error = translated(client_error("InternalFailure", "Something broke.", status))

    assert isinstance(error, ServiceUnavailable)
    assert str(error) == "InternalFailure: Something broke."


def test_a_refusal_without_a_name_of_ours_says_what_was_refused_and_why() -> None:
    error = translated(client_error(VALIDATION, "1 validation error detected"))

    assert str(error) == "CreateEndpoint was refused (ValidationException): 1 validation error detected"


def test_a_broken_pattern_is_said_in_words() -> None:
    """SageMaker's sentence as users reported it: aws/amazon-sagemaker-feedback issue 85."""
    constraint = "failed to satisfy constraint: Member must satisfy regular expression pattern:"
    names = rf"Value 'coco-'17' at 'modelName' {constraint} ^[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?"
    other = f"1 validation error detected: {constraint} ^[a-z]+"

    said = translated(client_error(VALIDATION, f"2 validation errors detected: {names}; {names}"))

    words = "Value 'coco-'17' at 'modelName' must be letters and digits, with hyphens only between them"
    assert str(said).endswith(f"2 validation errors detected: {words}; {words}")
    assert str(translated(client_error(VALIDATION, other))).endswith(other)


@given(st.text(), st.text(), st.integers(400, 599))
def test_any_error_of_aws_becomes_one_of_ours(code: str, message: str, status: int) -> None:
    assert isinstance(translated(client_error(code, message, status)), SlipwayError)


def test_an_error_without_code_and_message_is_a_refusal() -> None:
    assert isinstance(translated(ClientError({"Error": {}}, "CreateModel")), AwsRefused)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://sagemaker"), ServiceUnavailable),
        (ConnectTimeoutError(endpoint_url="https://sagemaker"), ServiceUnavailable),
        (ReadTimeoutError(endpoint_url="https://sagemaker"), ServiceUnavailable),
        (ResponseStreamingError(error="connection broken"), ServiceUnavailable),
        (IncompleteReadError(actual_bytes=5, expected_bytes=10), ServiceUnavailable),
        (ParamValidationError(report="Unknown parameter"), AwsRefused),
        (NoCredentialsError(), AwsRefused),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_botocore_itself_are_named_too(error: Exception, kind: type[SlipwayError]) -> None:
    with pytest.raises(SlipwayError) as caught, aws_errors():
        raise error

    assert type(caught.value) is kind
    assert caught.value.__cause__ is error


def test_errors_of_ours_and_bugs_pass_unchanged() -> None:
    for error in (EndpointBusy("busy"), ZeroDivisionError()):
        with pytest.raises(type(error)) as caught, aws_errors():
            raise error
        assert caught.value is error
