"""The control route of the local SageMaker."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime

from tests.integration.deployments import Account


def order(account: Account, **fault: object) -> None:
    """Order a fault, for example `order(account, Fault="NoCapacity", EndpointName=name)`."""
    _send(account, "POST", "faults", fault)


def clear_faults(account: Account) -> None:
    """Take all faults back; endpoints that are stuck go on."""
    _send(account, "DELETE", "faults", {})


def limit_instances(account: Account, **limits: int) -> None:
    """Set the quotas of instance types, for example `limit_instances(account, **{"ml.m5.large": 0})`; all others go."""
    _send(account, "PUT", "settings", {"InstanceLimits": limits})


def set_creation_seconds(account: Account, seconds: float) -> None:
    """Set what the creation of an endpoint takes by SageMaker's clock."""
    _send(account, "PUT", "settings", {"CreationSeconds": seconds})


def set_schedule_scale(account: Account, scale: float) -> None:
    """Set the real seconds for each second of a schedule's rate."""
    _send(account, "PUT", "settings", {"ScheduleScale": scale})


def force_status(account: Account, name: str, status: str) -> None:
    """Put an endpoint into any status, as AWS's own doings would."""
    _send(account, "PUT", f"endpoints/{name}", {"EndpointStatus": status})


def register_training_job(account: Account, name: str, artifact: str, image: str, compression: str = "GZIP") -> None:
    """Let SageMaker know a completed training job with this artifact and this image."""
    fields = {
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": artifact},
        "OutputDataConfig": {"S3OutputPath": artifact.rpartition("/")[0], "CompressionType": compression},
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
    }
    _send(account, "PUT", f"training-jobs/{name}", fields)


def run_schedules(account: Account, until: datetime) -> None:
    """Run the scheduled actions of Application Auto Scaling that are due until then."""
    _send(account, "POST", "schedules", {"Until": until.isoformat()})


def _send(account: Account, method: str, section: str, body: object) -> None:
    request = urllib.request.Request(
        f"{account.description.endpoint_url}/_slipway/sagemaker/{section}",
        data=json.dumps(body).encode(),
        method=method,
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        assert answer.status in (200, 201)
