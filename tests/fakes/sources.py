"""Training jobs and model packages in memory."""

from __future__ import annotations

from typing import Any

from slipway.errors import NotFound

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
ARCHIVE = "s3://models/digits/output/model.tar.gz"


def training_job(**fields: Any) -> dict[str, Any]:
    """Return what DescribeTrainingJob says of a job that ended well, but for these fields."""
    return {
        "TrainingJobStatus": "Completed",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "ModelArtifacts": {"S3ModelArtifacts": ARCHIVE},
        **fields,
    }


def model_package(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return what DescribeModelPackage says of an approved version, but for these containers and fields."""
    return {
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {"Containers": list(containers) or [{"Image": IMAGE, "ModelDataUrl": ARCHIVE}]},
        **fields,
    }


class FakeSources:
    """Implements `Sources`: knows the jobs by name and the packages by ARN."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}

    def training_job(self, name: str) -> dict[str, Any]:
        return _find(self.jobs, name)

    def model_package(self, arn: str) -> dict[str, Any]:
        return _find(self.packages, arn)


class EverySource(FakeSources):
    """Knows every job and package there could be; each is fit to be deployed."""

    def training_job(self, name: str) -> dict[str, Any]:
        return self.jobs.get(name, training_job())

    def model_package(self, arn: str) -> dict[str, Any]:
        other = {"Name": "low-latency", "Containers": [{"Image": IMAGE, "ModelDataUrl": ARCHIVE}]}
        return self.packages.get(arn, model_package(AdditionalInferenceSpecifications=[other]))


def _find(known: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in known:
        raise NotFound(name)
    return known[name]
