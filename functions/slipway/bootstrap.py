"""The composition root: the one place that builds real objects."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from slipway.observability import tracer
from slipway.settings import Settings
from slipway.use_cases.explain_failure import EndpointLogs
from slipway.use_cases.inspect_artifact import Archives
from slipway.use_cases.plan_deployment import SideFiles
from slipway.use_cases.sagemaker_port import SageMaker


class Services:
    """What use cases are given. Each is built when it is first asked for, so that no function pays for another's.

    boto3 is imported here and not at the top: a handler's import stays short, and tests import handlers without it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def sagemaker(self) -> SageMaker:
        """Return SageMaker's control plane."""
        from slipway.adapters.sagemaker import Boto3SageMaker

        return Boto3SageMaker(self._client("sagemaker"))

    @cached_property
    def archives(self) -> Archives:
        """Return S3, for archives."""
        from slipway.adapters.s3 import Boto3Archives

        return Boto3Archives(self._client("s3"), self.settings.region)

    @cached_property
    def side_files(self) -> SideFiles:
        """Return S3, for side files."""
        from slipway.adapters.s3 import Boto3SideFiles

        return Boto3SideFiles(self._client("s3"))

    @cached_property
    def endpoint_logs(self) -> EndpointLogs:
        """Return CloudWatch Logs, for endpoints."""
        from slipway.adapters.endpoint_logs import CloudWatchEndpointLogs

        return CloudWatchEndpointLogs(self._client("logs"))

    def _client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        tracer.patch(["botocore"])
        # Few attempts here: the state machine retries with backoff and jitter, and it can wait without being paid for.
        retries = {"mode": "standard", "total_max_attempts": 3}
        config = Config(retries=retries, connect_timeout=5, read_timeout=20, region_name=self.settings.region)
        return boto3.client(service, config=config)


def services() -> Services:
    """Build the services from the function's environment."""
    return Services(Settings.from_environment(os.environ))
