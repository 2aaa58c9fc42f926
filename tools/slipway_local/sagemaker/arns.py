"""Names of things in one account and region."""

from __future__ import annotations

from dataclasses import dataclass


def partition_of(region: str) -> str:
    """Return the ARN partition of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(prefix):
            return partition
    return "aws"


@dataclass(frozen=True)
class Arns:
    """Makes and takes apart the ARNs of SageMaker resources."""

    region: str
    account_id: str

    @property
    def prefix(self) -> str:
        """Everything before `<kind>/<name>`."""
        return f"arn:{partition_of(self.region)}:sagemaker:{self.region}:{self.account_id}:"

    def of(self, kind: str, name: str) -> str:
        """Return the ARN; `kind` is its own segment (`model`, `endpoint-config`, `endpoint`)."""
        return f"{self.prefix}{kind}/{name}"

    def parse(self, arn: str) -> tuple[str, str] | None:
        """Return (kind, name), or None for an ARN of another account, region or service."""
        if not arn.startswith(self.prefix):
            return None
        kind, _, name = arn.removeprefix(self.prefix).partition("/")
        return kind, name
