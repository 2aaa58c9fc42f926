"""The composition root: the one place that builds real objects."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from slipway.deployment.settings import Settings
from slipway.errors import SdkTooOld

if TYPE_CHECKING:  # a handler imports its own use case, and pays for no other
    from slipway.aws.inference_components import InferenceComponents
    from slipway.aws.model_archives import ModelArchives
    from slipway.aws.s3 import Archives
    from slipway.aws.sagemaker import SageMaker
    from slipway.aws.scaling import ScalingSetup
    from slipway.batch.create_transform_job import TransformJobs
    from slipway.cleanup.run import CleanupRun
    from slipway.failure.explain_failure import LogTails
    from slipway.failure.fired_alarms import AlarmHistory
    from slipway.hosting.create_alarms import Alarms
    from slipway.outcomes.result_file import ResultFiles
    from slipway.planning.model_source import Sources
    from slipway.planning.uploads import ReadSideFile
    from slipway.preflight.check_account import InstanceQuota, TrustPolicyOf
    from slipway.preflight.check_alarms import AlarmStates
    from slipway.preflight.uploaded_endpoints import EndpointTags
    from slipway.prices import Prices
    from slipway.rollouts.files import RolloutFiles
    from slipway.smoke_test.analyze_traffic import FleetMetrics
    from slipway.smoke_test.smoke_test import InvokeEndpoint, OpenPayload
    from slipway.triggers.start_triggered_deployment import Triggered
    from slipway.versions.in_use import VersionAws


# Of 30 April 2026: the first version whose SageMaker model has every member that the deployment input can name.
MIN_BOTOCORE = (1, 43, 1)


class Services:
    """What use cases are given. Each is built when it is first asked for, so that no function pays for another's.

    boto3 is imported here and not at the top: a handler's import stays short, and tests import handlers without it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def sagemaker(self) -> SageMaker:
        """Return SageMaker's control plane."""
        from slipway.aws.sagemaker import Boto3SageMaker

        return Boto3SageMaker(self._client("sagemaker"))

    @cached_property
    def components(self) -> InferenceComponents:
        """Return SageMaker's inference components."""
        from slipway.aws.inference_components import Boto3InferenceComponents

        return Boto3InferenceComponents(self._client("sagemaker"))

    @cached_property
    def sources(self) -> Sources:
        """Return SageMaker's training jobs and Model Registry."""
        from slipway.planning.aws import Boto3Sources

        return Boto3Sources(self._client("sagemaker"))

    @cached_property
    def scaling(self) -> ScalingSetup:
        """Return Application Auto Scaling, for endpoints."""
        from slipway.aws.scaling import Boto3Scaling

        return Boto3Scaling(self._client("application-autoscaling"), self._client("cloudwatch"))

    @cached_property
    def archives(self) -> Archives:
        """Return S3, for archives."""
        from slipway.aws.s3 import Boto3Archives

        return Boto3Archives(self._client("s3"), self.settings.region)

    @cached_property
    def model_archives(self) -> ModelArchives:
        """Return S3, for the copies that models load."""
        from slipway.aws.model_archives import IN_PARALLEL, Boto3ModelArchives

        return Boto3ModelArchives(self._client("s3", connections=IN_PARALLEL), self.settings.model_bucket)

    @cached_property
    def result_files(self) -> ResultFiles:
        """Return S3, for the results of uploads."""
        from slipway.outcomes.aws import Boto3ResultFiles

        return Boto3ResultFiles(self._client("s3"), self.settings.model_bucket)

    @cached_property
    def read_side_file(self) -> ReadSideFile:
        """Return S3's GetObject, for side files."""
        from slipway.aws.s3 import read_side_file

        return partial(read_side_file, self._client("s3"))

    @cached_property
    def trust_policy_of(self) -> TrustPolicyOf:
        """Return IAM's GetRole, for the role that SageMaker acts as."""
        from slipway.preflight.aws import trust_policy_of

        return partial(trust_policy_of, self._client("iam"))

    @cached_property
    def instance_quota(self) -> InstanceQuota:
        """Return the quotas of instances, from Service Quotas."""
        from slipway.preflight.aws import InstanceQuotas

        return InstanceQuotas(self._client("service-quotas")).quota

    @cached_property
    def transform_jobs(self) -> TransformJobs:
        """Return SageMaker's transform jobs."""
        from slipway.batch.aws import Boto3TransformJobs

        return Boto3TransformJobs(self._client("sagemaker"))

    @cached_property
    def rollout_files(self) -> RolloutFiles:
        """Return S3, for the manifests, waves and results of rollouts."""
        from slipway.rollouts.aws import Boto3RolloutFiles

        return Boto3RolloutFiles(self._client("s3"), self.settings.model_bucket)

    @cached_property
    def triggered(self) -> Triggered:
        """Return what triggers read and start."""
        from slipway.triggers.aws import Boto3Triggered

        return Boto3Triggered(self._client("sagemaker"), self._client("stepfunctions"), self.settings.state_machine_arn)

    @cached_property
    def alarm_states(self) -> AlarmStates:
        """Return CloudWatch's DescribeAlarms."""
        from slipway.preflight.aws import alarm_states

        return partial(alarm_states, self._client("cloudwatch"))

    @cached_property
    def alarms(self) -> Alarms:
        """Return CloudWatch's PutMetricAlarm, and the metrics that thresholds come from."""
        from slipway.hosting.aws import Boto3Alarms

        return Boto3Alarms(self._client("cloudwatch"))

    @cached_property
    def fleet_metrics(self) -> FleetMetrics:
        """Return CloudWatch's GetMetricData."""
        from slipway.smoke_test.aws import fleet_metrics

        return partial(fleet_metrics, self._client("cloudwatch"))

    @cached_property
    def alarm_history(self) -> AlarmHistory:
        """Return CloudWatch's DescribeAlarmHistory."""
        from slipway.hosting.aws import alarm_history

        return partial(alarm_history, self._client("cloudwatch"))

    @cached_property
    def open_payload(self) -> OpenPayload:
        """Return S3's GetObject, for the payloads of smoke tests."""
        from slipway.smoke_test.aws import open_payload

        return partial(open_payload, self._client("s3"))

    @cached_property
    def invoke_endpoint(self) -> InvokeEndpoint:
        """Return InvokeEndpoint. One attempt of 65 s: SageMaker itself gives a container 60 s to answer."""
        from slipway.smoke_test.aws import invoke_endpoint

        return partial(invoke_endpoint, self._client("sagemaker-runtime", attempts=1, read_timeout=65))

    @cached_property
    def prices(self) -> Prices:
        """Return what hosting costs."""
        from slipway.prices import load_prices

        return load_prices(self.settings.prices)

    @cached_property
    def log_tails(self) -> LogTails:
        """Return what the containers of an endpoint wrote last, from CloudWatch Logs."""
        from slipway.failure.aws import CloudWatchEndpointLogs

        return CloudWatchEndpointLogs(self._client("logs")).tails

    @cached_property
    def describe_execution(self) -> Callable[[str], dict[str, Any]]:
        """Return Step Functions' DescribeExecution."""
        from slipway.aws.executions import describe_execution

        return partial(describe_execution, self._client("stepfunctions"))

    @cached_property
    def endpoint_tags(self) -> EndpointTags:
        """Return what endpoints are found with, and their tags."""
        from slipway.aws.endpoint_listing import Boto3EndpointListing
        from slipway.aws.tag_index import Boto3TagIndex
        from slipway.preflight.uploaded_endpoints import EndpointTags

        listing = Boto3EndpointListing(self._client("sagemaker"))
        return EndpointTags(self.sagemaker, listing, Boto3TagIndex(self._client("resourcegroupstaggingapi")))

    @cached_property
    def versions(self) -> VersionAws:
        """Return what versions are read from and removed with; the state machine makes failed calls again."""
        from slipway.aws.endpoint_listing import Boto3EndpointListing
        from slipway.aws.retry import ONCE
        from slipway.aws.tag_index import Boto3TagIndex
        from slipway.versions.in_use import VersionAws

        listing = Boto3EndpointListing(self._client("sagemaker"))
        index = Boto3TagIndex(self._client("resourcegroupstaggingapi"))
        return VersionAws(self.sagemaker, self.model_archives, listing, index, ONCE)

    def cleanup_run(self, seconds_left: Callable[[], float]) -> CleanupRun:
        """Return a run of idle cleanup that has so much time."""
        import time

        from slipway.aws.retry import random_up_to
        from slipway.cleanup.aws import cleanup_aws
        from slipway.cleanup.run import CleanupRun, Clock

        clock = Clock(lambda: datetime.now(UTC), seconds_left, time.sleep, random_up_to)
        return CleanupRun(cleanup_aws(self._client, self.settings), clock, self.settings)

    def _client(self, service: str, attempts: int = 3, read_timeout: int = 20, connections: int = 10) -> Any:
        import boto3
        import botocore
        from botocore.config import Config

        if service == "sagemaker":
            check_sdk(botocore.__version__)
        # Few attempts here: the state machine retries with backoff and jitter, and it can wait without being paid for.
        retries = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(
            retries=retries,
            connect_timeout=5,
            read_timeout=read_timeout,
            max_pool_connections=connections,
            region_name=self.settings.region,
        )
        return boto3.client(service, config=config)


def check_sdk(version: str) -> None:
    """Raise `SdkTooOld` when botocore is older than Slipway needs."""
    if tuple(map(int, version.split(".")[:3])) < MIN_BOTOCORE:
        raise SdkTooOld(
            f"The Lambda runtime has botocore {version} and Slipway needs {'.'.join(map(str, MIN_BOTOCORE))} or later: "
            "add boto3 to requirements/functions.in, run make pins, and deploy the stack again."
        )


def services() -> Services:
    """Build the services from the function's environment."""
    return Services(Settings.from_environment(os.environ))
