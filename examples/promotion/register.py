"""Register what staging serves as a version of a model package group, and print the version's ARN.

    python register.py staging.json GROUP RELEASE_BUCKET

staging.json is the output of `slipway deploy --wait --json`. The archive is copied to the release bucket, under a key
with its digest. The version waits for its approval.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3


def register(outcome: Path, group: str, releases: str) -> str:
    """Copy the archive and register the version; return its ARN."""
    model = json.loads(outcome.read_text(encoding="utf-8"))["Output"]["ModelName"]
    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    container = sagemaker.describe_model(ModelName=model)["PrimaryContainer"]
    bucket, _, key = location_of(container).removeprefix("s3://").partition("/")
    digest = s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    released = f"{group}/{digest}/model.tar.gz"
    s3.copy({"Bucket": bucket, "Key": key}, releases, released)
    version = {
        "Image": container["Image"],
        "ModelDataUrl": f"s3://{releases}/{released}",
        "Environment": container.get("Environment", {}),
    }
    registered = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [version],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )
    return str(registered["ModelPackageArn"])


def location_of(container: dict[str, Any]) -> str:
    """Return the S3 URI of a model's archive."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return str(container.get("ModelDataUrl") or source["S3Uri"])


if __name__ == "__main__":
    sys.stdout.write(f"{register(Path(sys.argv[1]), *sys.argv[2:])}\n")
