"""An execution, and plans of it, as most tests need them."""

from __future__ import annotations

from typing import Any

from slipway.deployment.plan import Artifact, Execution, Plan, PlannedImage
from slipway.planning.plan_deployment import plan_deployment
from tests.fakes.services import SETTINGS
from tests.fakes.sources import EverySource
from tests.fakes.storage import FakeStorage

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
BASE = {"EndpointName": "digits", "ModelDataUrl": "s3://models/digits/model.tar.gz"}


def execution(name: str = "first", start: str = "2026-11-01T12:00:00.000Z") -> Execution:
    """Return an execution of the state machine."""
    return Execution(Id=f"arn:execution:{name}", Name=name, StartTime=start)


def planned_image(uri: str = IMAGE) -> PlannedImage:
    """Return what ResolveImage answers."""
    return PlannedImage(ImageUri=uri, Defaulted=[])


def plan_of(run: Execution | None = None, **fields: Any) -> Plan:
    """Return the plan of a deployment of the endpoint `digits`, with fields of its own."""
    return plan_deployment({**BASE, **fields}, run or execution(), FakeStorage().side_file, EverySource(), SETTINGS)


def artifact(etag: str = "0f343b0931126a20f133d67c2b018a3b", **fields: Any) -> Artifact:
    """Return an inspected archive."""
    base = Artifact(
        Bucket="models",
        Key="digits/model.tar.gz",
        ETag=etag,
        Size=1,
        IsCurrent=True,
        UploadedAt="2026-11-01T11:59:58+00:00",
        HasInferenceCode=False,
        Warnings=[],
    )
    return {**base, **fields}  # type: ignore[typeddict-item]
