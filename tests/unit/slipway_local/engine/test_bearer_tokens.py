"""Bearer tokens: presigned requests as botocore signs them, in the form of sagemaker-core's token generator."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from slipway_local.engine.bearer_tokens import TokenRefused, signature_of

HOST = "sagemaker.amazonaws.com"


def token_of(
    action: str = "CallWithBearerToken", session: str | None = None, prefix: str = "sagemaker-api-key-"
) -> str:
    request = AWSRequest("POST", f"https://{HOST}/", headers={"host": HOST}, params={"Action": action})
    SigV4QueryAuth(Credentials("AKIDEXAMPLE", "secret", session), "sagemaker", "us-east-1", expires=43200).add_auth(
        request
    )
    url = f"{request.url.replace('https://', '')}&Version=1"
    return f"{prefix}{base64.b64encode(url.encode()).decode()}"


def test_a_token_becomes_the_signature_of_its_credential() -> None:
    headers = signature_of(token_of(session="a session+token/"), datetime.now(UTC))

    assert headers[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert b"/us-east-1/sagemaker/aws4_request, " in headers[b"authorization"]
    assert headers[b"x-amz-security-token"] == b"a session+token/"
    assert b"x-amz-security-token" not in signature_of(token_of(), datetime.now(UTC))


@pytest.mark.parametrize(
    ("token", "hours"),
    [
        (token_of(), 12.1),
        (token_of(), -1),
        (token_of(action="ListEndpoints"), 0),
        (token_of(prefix=""), 0),
        ("sagemaker-api-key-none", 0),
        ("sagemaker-api-key-%%%", 0),
        ("", 0),
    ],
    ids=["expired", "of tomorrow", "action", "prefix", "no query", "no base64", "empty"],
)
def test_any_other_token_is_refused(token: str, hours: float) -> None:
    with pytest.raises(TokenRefused):
        signature_of(token, datetime.now(UTC) + timedelta(hours=hours))
