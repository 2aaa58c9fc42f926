"""What the SDK's errors mean for the person at the keyboard: one sentence that ends in what to do.

Errors are told apart by class name and error code, so that nothing of the SDK is imported to know them.
"""

from __future__ import annotations

from typing import Any

from slipway_cli.sdk.errors import CallRefused, CredentialsMissing

LOG_IN = "run `aws configure` or `aws sso login`, name a --profile, or use --local."
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN_IDENTITY = (
    "AuthFailure",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403")
THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")

# What keeps a call from being made or answered: classes of botocore's errors, ours, and what to say. First match.
UNASKED: tuple[tuple[set[str], type[CallRefused | CredentialsMissing], str], ...] = (
    (
        {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"},
        CredentialsMissing,
        f"There are no AWS credentials that can be used: {LOG_IN}",
    ),
    (
        {"SSOError", "TokenRetrievalError", "LoginError"},
        CredentialsMissing,
        f"The AWS login has expired or is missing: {LOG_IN}",
    ),
    (
        {"ProfileNotFound", "ConfigNotFound", "ConfigParseError"},
        CredentialsMissing,
        "{error}: name another --profile, or run `aws configure`.",
    ),
    ({"SSLError"}, CallRefused, "{error}: look at the proxy, or name its certificate in AWS_CA_BUNDLE."),
    (
        {"HTTPClientError", "ConnectionError"},
        CallRefused,
        "Nothing answers at {url}: look at the network, the --region and AWS_ENDPOINT_URL; a local stack is started "
        "with `slipway local up` or `make local`.",
    ),
)


def refusal(error: Exception) -> CallRefused | CredentialsMissing:
    """Return what to say of a `botocore` error, whichever it is."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return _answered(error, response)
    names = [kind.__name__ for kind in type(error).__mro__]
    found = next(((kind, sentence) for known, kind, sentence in UNASKED if known & {*names}), None)
    kind, sentence = found or (CallRefused, "The AWS SDK gave up: {error}")
    url = getattr(error, "kwargs", {}).get("endpoint_url", "AWS")
    return kind(sentence.format(error=_one_line(str(error)), url=_one_line(str(url))))


def _answered(error: Exception, response: dict[str, Any]) -> CallRefused | CredentialsMissing:
    details = response.get("Error", {})
    code, message = str(details.get("Code", "")), _one_line(str(details.get("Message", "")))
    operation = getattr(error, "operation_name", "the call")
    if code in EXPIRED:
        return CredentialsMissing(f"The AWS credentials have expired: {LOG_IN}")
    if code in UNKNOWN_IDENTITY:
        return CredentialsMissing(f"AWS does not know these credentials ({code}): {LOG_IN}")
    if code in DENIED:
        return CallRefused(f"AWS denied {operation}: {message}. Ask for that permission, or name another --profile.")
    if code in THROTTLED:
        return CallRefused(f"AWS throttled {operation} ({code}): try again in a moment.")
    return CallRefused(f"AWS refused {operation}: {code}: {message}")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
