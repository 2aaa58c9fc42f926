"""What the SDK's errors are said to mean."""

from __future__ import annotations

from string import Formatter

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from slipway_cli.sdk.errors import CallRefused, CredentialsMissing
from slipway_cli.sdk.sdk_errors import refusal


def answered(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartExecution")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (exceptions.NoCredentialsError(), CredentialsMissing, "run `aws configure` or `aws sso login`"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="x"),
            CredentialsMissing,
            "No usable AWS credentials",
        ),
        (exceptions.UnauthorizedSSOTokenError(), CredentialsMissing, "login has expired"),
        (exceptions.SSOTokenLoadError(error_msg="x"), CredentialsMissing, "aws sso login"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="x"), CredentialsMissing, "login has expired"),
        (exceptions.ProfileNotFound(profile="mine"), CredentialsMissing, "(mine) could not be found: pass another"),
        (
            exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/"),
            CallRefused,
            "No answer from http://127.0.0.1:4566/",
        ),
        (exceptions.ConnectTimeoutError(endpoint_url="https://a"), CallRefused, "No answer from https://a"),
        (exceptions.ReadTimeoutError(endpoint_url="https://a"), CallRefused, "check the network"),
        (exceptions.SSLError(endpoint_url="https://a", error="self-signed"), CallRefused, "AWS_CA_BUNDLE"),
        (exceptions.NoRegionError(), CallRefused, "The AWS SDK gave up: You must specify a region"),
        (answered("ExpiredToken"), CredentialsMissing, "credentials have expired"),
        (answered("UnrecognizedClientException"), CredentialsMissing, "AWS rejected the credentials"),
        (answered("AccessDenied", "User: a is\nnot authorized."), CallRefused, "StartExecution: User: a is not"),
        (answered("ThrottlingException"), CallRefused, "try again in a moment"),
        (answered("ValidationException", "no"), CallRefused, "AWS refused StartExecution: ValidationException: no"),
        (
            answered(
                "ValidationException",
                "failed to satisfy constraint: Member must satisfy regular expression pattern: ^[-0-9a-zA-Z]+",
            ),
            CallRefused,
            "ValidationException: must be letters, digits and hyphens",
        ),
    ],
)
def test_it_is_one_line_that_says_what_to_do(error: Exception, kind: type[Exception], words: str) -> None:
    said = refusal(error)

    assert type(said) is kind
    assert words in str(said)
    assert "\n" not in str(said)


def families() -> list[type[exceptions.BotoCoreError]]:
    kinds = [one for one in vars(exceptions).values() if isinstance(one, type)]
    return [kind for kind in kinds if issubclass(kind, exceptions.BotoCoreError)]


@pytest.mark.parametrize("kind", families())
def test_every_error_of_the_sdk_is_said_in_one_line(kind: type[exceptions.BotoCoreError]) -> None:
    fields = {name for _, name, _, _ in Formatter().parse(kind.fmt) if name}
    if kind is exceptions.WaiterError:
        fields.add("last_response")

    assert "\n" not in str(refusal(kind(**dict.fromkeys(fields, "two\nlines"))))
