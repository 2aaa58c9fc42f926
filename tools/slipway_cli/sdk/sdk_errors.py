"""The AWS SDK's errors as sentences for the user, each with what to do.

An error that AWS answered with is translated as in the functions; credentials and connections are the client's own.
The other classes of botocore are matched by name, because the SDK is imported only when AWS is called.
"""

from __future__ import annotations

from typing import Any

from slipway.deployment.patterns import in_words
from slipway.errors import AccessDenied, ServiceThrottled
from slipway_cli.sdk.errors import CallRefused, CredentialsMissing

LOG_IN = "run `aws configure` or `aws sso login`, pass --profile, or use --local."
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN_IDENTITY = (
    "AuthFailure",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)

# Errors without a response: classes of botocore, our class, and the sentence. The first match counts.
WITHOUT_RESPONSE: tuple[tuple[set[str], type[CallRefused | CredentialsMissing], str], ...] = (
    (
        {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"},
        CredentialsMissing,
        f"No usable AWS credentials were found: {LOG_IN}",
    ),
    (
        {"SSOError", "TokenRetrievalError", "LoginError"},
        CredentialsMissing,
        f"The AWS login has expired or is missing: {LOG_IN}",
    ),
    (
        {"ProfileNotFound", "ConfigNotFound", "ConfigParseError"},
        CredentialsMissing,
        "{error}: pass another --profile, or run `aws configure`.",
    ),
    ({"SSLError"}, CallRefused, "{error}: check the proxy, or set AWS_CA_BUNDLE to its certificate."),
    (
        {"HTTPClientError", "ConnectionError"},
        CallRefused,
        "No answer from {url}: check the network, --region and AWS_ENDPOINT_URL. `slipway local up` or `make local` "
        "starts a local stack.",
    ),
)


def refusal(error: Exception) -> CallRefused | CredentialsMissing:
    """Return our error for any error of botocore."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return _answered(error, response)
    names = [kind.__name__ for kind in type(error).__mro__]
    found = next(((kind, sentence) for known, kind, sentence in WITHOUT_RESPONSE if known & {*names}), None)
    kind, sentence = found or (CallRefused, "The AWS SDK gave up: {error}")
    url = getattr(error, "kwargs", {}).get("endpoint_url", "AWS")
    return kind(sentence.format(error=_one_line(str(error)), url=_one_line(str(url))))


def _answered(error: Any, response: dict[str, Any]) -> CallRefused | CredentialsMissing:
    details = response.get("Error", {})
    code, message = str(details.get("Code", "")), _one_line(in_words(str(details.get("Message", ""))))
    operation = getattr(error, "operation_name", "the call")
    if code in EXPIRED:
        return CredentialsMissing(f"The AWS credentials have expired: {LOG_IN}")
    if code in UNKNOWN_IDENTITY:
        return CredentialsMissing(f"AWS rejected the credentials ({code}): {LOG_IN}")
    from slipway.aws.errors import translated  # noqa: PLC0415 - it imports botocore, which is imported by now

    kind = type(translated(error))
    if kind is AccessDenied:
        return CallRefused(f"AWS denied {operation}: {message}. Request that permission, or pass another --profile.")
    if kind is ServiceThrottled:
        return CallRefused(f"AWS throttled {operation} ({code}): try again in a moment.")
    return CallRefused(f"AWS refused {operation}: {code}: {message}")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
