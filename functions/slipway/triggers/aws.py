"""What triggers read and start, over boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors


class Boto3Triggered:
    """Implements `slipway.triggers.start_triggered_deployment.Triggered`."""

    def __init__(self, sagemaker: Any, stepfunctions: Any, state_machine_arn: str) -> None:
        self._sagemaker = sagemaker
        self._stepfunctions = stepfunctions
        self._state_machine_arn = state_machine_arn

    def newest_approved(self, group_arn: str) -> str | None:
        with aws_errors():
            found = self._sagemaker.list_model_packages(
                ModelPackageGroupName=group_arn,
                ModelApprovalStatus="Approved",
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=1,
            )["ModelPackageSummaryList"]
        return str(found[0]["ModelPackageArn"]) if found else None

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        with aws_errors():
            try:
                self._stepfunctions.start_execution(
                    stateMachineArn=self._state_machine_arn, name=name, input=json.dumps(document, sort_keys=True)
                )
            except ClientError as error:
                # The name of one that has ended, or runs with another input, is taken for 90 days.
                if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                    raise
