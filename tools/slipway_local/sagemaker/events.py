"""EventBridge events of endpoints, transform jobs and model packages, in the shape of AWS's own samples."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slipway_local.ports import PutEvent
from slipway_local.sagemaker.models import Deployment, Endpoint, ModelPackage, TransformJob, Variant

logger = logging.getLogger(__name__)
STATE_CHANGE = "SageMaker Endpoint State Change"
DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"
TRANSFORM_CHANGE = "SageMaker Transform Job State Change"
PACKAGE_CHANGE = "SageMaker Model Package State Change"
# The members of a transform job's event that are those of its request.
TRANSFORM_MEMBERS = (
    "ModelName", "MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput",
    "TransformOutput", "TransformResources",
)  # fmt: skip

# Likewise of a version of a model package group.
PACKAGE_MEMBERS = (
    "ModelPackageGroupName", "ModelPackageVersion", "InferenceSpecification", "ModelApprovalStatus",
    "MetadataProperties", "ModelMetrics",
)  # fmt: skip


class Announcer:
    """Queues events while a lock is held and sends them, in order, once it is not.

    Sending may block or call back into SageMaker, so it must never happen under the tables' lock.
    """

    def __init__(self, put_event: PutEvent) -> None:
        self._put_event = put_event
        self._queue: deque[tuple[str, dict[str, Any], str]] = deque()
        self._sending = threading.Lock()

    def endpoint(self, endpoint: Endpoint) -> None:
        """Queue the state change event of an endpoint as it is now."""
        self._queue.append((STATE_CHANGE, _state(endpoint), endpoint.arn))

    def deployment(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Queue the deployment state change event of an update under way."""
        detail = _state(endpoint)
        detail["ProductionVariants"] = [_sizes(variant) for variant in endpoint.variants]
        detail["PendingDeploymentSummary"] = {
            "EndpointConfigName": deployment.config.name,
            "StartTime": _millis(deployment.started),
            "ProductionVariants": [_sizes(v) | {"VariantStatus": [_stage(deployment)]} for v in deployment.variants],
        }
        self._queue.append((DEPLOYMENT_CHANGE, detail, endpoint.arn))

    def transform_job(self, job: TransformJob) -> None:
        """Queue the state change event of a transform job as it is now."""
        times = {"CreationTime": job.created, "TransformStartTime": job.started, "TransformEndTime": job.ended}
        detail = {
            "TransformJobName": job.name,
            "TransformJobArn": job.arn,
            "TransformJobStatus": job.status,
            **({"FailureReason": job.failure_reason} if job.failure_reason else {}),
            **{name: job.request[name] for name in TRANSFORM_MEMBERS if name in job.request},
            **{name: _millis(moment) for name, moment in times.items() if moment},
            "Tags": dict(job.tags),
        }
        self._queue.append((TRANSFORM_CHANGE, detail, job.arn))

    def model_package(self, package: ModelPackage) -> None:
        """Queue the state change event of a version of the Model Registry as it is now.

        The times of AWS's sample are ISO 8601, other than those of endpoints (developer guide, "Events that Amazon
        SageMaker AI sends to Amazon EventBridge").
        """
        times = {"CreationTime": package.created, "LastModifiedTime": package.modified}
        detail = {
            **{name: package.request[name] for name in PACKAGE_MEMBERS if name in package.request},
            "ModelPackageArn": package.arn,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            **{name: moment.strftime("%Y-%m-%dT%H:%M:%SZ") for name, moment in times.items() if moment},
        }
        self._queue.append((PACKAGE_CHANGE, detail, package.arn))

    def flush(self) -> None:
        """Send what is queued; if another thread is sending, it sends these too."""
        while self._queue and self._sending.acquire(blocking=False):
            try:
                self._send_all()
            finally:
                self._sending.release()

    def _send_all(self) -> None:
        while self._queue:
            detail_type, detail, arn = self._queue.popleft()
            try:
                self._put_event(detail_type, detail, [arn])
            except Exception:  # an event bus that fails must not fail the call that is announced
                logger.exception("could not send %s of %s", detail_type, arn)


def _state(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config.name,
        "ProductionVariants": [
            {"DesiredWeight": variant.desired_weight, "DesiredInstanceCount": variant.desired_count}
            for variant in endpoint.variants
        ],
        "EndpointStatus": upper_snake(endpoint.status),
        "CreationTime": _millis(endpoint.created),
        "LastModifiedTime": _millis(endpoint.modified),
        "Tags": dict(endpoint.tags),
    }


def _sizes(variant: Variant) -> dict[str, Any]:
    return {
        "VariantName": variant.name,
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.desired_weight,
        "CurrentInstanceCount": variant.current_count,
        "DesiredInstanceCount": variant.desired_count,
    }


def _stage(deployment: Deployment) -> Mapping[str, Any]:
    started = _millis(deployment.stage_started)
    message = {"StatusMessage": deployment.stage_message} if deployment.stage_message else {}
    return {"Status": deployment.stage, "StartTime": started} | message


def upper_snake(status: str) -> str:
    """Return a status as events spell it: `InService` is `IN_SERVICE`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
