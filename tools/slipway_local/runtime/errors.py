"""The errors of InvokeEndpoint, as SageMaker Runtime's service model shapes them.

    Fault
    ├── ValidationError 400   the endpoint, the variant or a header is not right
    ├── ModelError 424        the container answered with an error, or not at all
    └── OversizeBody 413      plain text, without a code: botocore reports the status as the code

Texts: aws/amazon-sagemaker-examples issues 293 (not found), 407 (server error), 2815 (no response),
aws/sagemaker-python-sdk issues 2955 (client error) and 171 (body size, of the time when the limit was 5 MB),
RamVegiraju/SageMaker-Deployment issue 3 (timed out).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Response = tuple[int, dict[str, str], bytes]
Streamed = tuple[int, dict[str, str], Iterator[bytes]]  # a body that is still being written
MAX_BODY = 6_291_456  # BodyBlob of the service model

TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics "
    "for each container in Amazon CloudWatch, resolve the issue, and try again."
)
NO_RESPONSE = (
    "Amazon SageMaker could not get a response from the {endpoint} endpoint. This can occur when CPU or memory "
    "utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, use an instance "
    "type with more CPU capacity or memory."
)


class FaultError(Exception):
    """An error that InvokeEndpoint answers with."""

    def __init__(self, status: int, code: str, message: str, members: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.members = members or {}

    def response(self) -> Response:
        """Return the rest-json error."""
        body = json.dumps({"Message": str(self), **self.members}).encode()
        return self.status, {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}, body


class OversizeBodyError(FaultError):
    """The gateway's refusal of a body over 6 MB, before SageMaker sees it."""

    def __init__(self) -> None:
        super().__init__(413, "", f"HTTP content length exceeded {MAX_BODY} bytes.")

    def response(self) -> Response:
        """Return plain text."""
        return self.status, {"Content-Type": "text/plain"}, str(self).encode()


def validation_error(message: str) -> FaultError:
    """Return a ValidationError."""
    return FaultError(400, "ValidationError", message)


def not_found(endpoint_name: str, account_id: str) -> FaultError:
    """Return the ValidationError of an endpoint that does not exist, or serves nothing yet."""
    return validation_error(f"Endpoint {endpoint_name} of account {account_id} not found.")


def violates(member: str, value: str, constraint: str) -> FaultError:
    """Return the ValidationError of a member that breaks its shape."""
    return validation_error(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must {constraint}"
    )


@dataclass(frozen=True)
class ModelErrors:
    """The ModelErrors of an endpoint: its name, region and account are in the message and the log stream's ARN."""

    endpoint: str
    region: str
    account_id: str

    def model_error(self, status: int, message: str, container: str = "primary") -> FaultError:
        """Return the ModelError of a container that answered `status`, 0 where it did not answer.

        Of one of several containers AWS's text is not published: it is taken to name that one in place of `primary`.
        """
        side = "client" if 400 <= status < 500 else "server"  # noqa: PLR2004 - HTTP's classes
        group = f"/aws/sagemaker/Endpoints/{self.endpoint}"
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        text = (
            f'Received {side} error ({status}) from {container} with message "{message}". '
            f"See {console}#logEventViewer:group={group} in account {self.account_id} for more information."
        )
        members = {
            "OriginalStatusCode": status,
            "OriginalMessage": message,
            "LogStreamArn": f"arn:aws:logs:{self.region}:{self.account_id}:log-group:{group}",
        }
        return FaultError(424, "ModelError", text, members)

    def timed_out(self) -> FaultError:
        """Return the ModelError of a container that took longer than 60 s."""
        return self.model_error(0, TIMED_OUT)

    def no_response(self) -> FaultError:
        """Return the ModelError of a container that is gone."""
        return self.model_error(0, NO_RESPONSE.format(endpoint=self.endpoint))
