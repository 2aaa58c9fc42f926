"""SageMaker's training jobs and its Model Registry, over boto3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.errors import AwsRefused, NotFound

# Both are ValidationExceptions, whatever the service model says: boto3 issue 2808 shows the first, of
# DescribeTrainingJob; DescribeModelPackage says "ModelPackage <ARN> does not exist."
MISSING = ("Requested resource not found", "does not exist")


class Boto3Sources:
    """Implements `slipway.planning.model_source.Sources`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def training_job(self, name: str) -> Mapping[str, Any]:
        return self._describe("describe_training_job", TrainingJobName=name)

    def model_package(self, arn: str) -> Mapping[str, Any]:
        return self._describe("describe_model_package", ModelPackageName=arn)

    def _describe(self, operation: str, **request: str) -> Mapping[str, Any]:
        try:
            with aws_errors():
                answer: Mapping[str, Any] = getattr(self._client, operation)(**request)
        except AwsRefused as refused:
            if any(words in str(refused) for words in MISSING):
                raise NotFound(str(refused)) from refused
            raise
        return answer
