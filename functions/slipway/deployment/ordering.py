"""Newest wins: which of two deployments of one endpoint was wanted later.

An upload was wanted when S3 took it, everything else when its execution started. Within one second, which is as
exact as S3's LastModified, uploads are ordered by the event's sequencer: hexadecimal, compared after padding the
shorter one on the right with 0 (S3 user guide, "Event message structure").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from slipway.deployment.plan import Artifact, Execution, Plan

REQUESTED_AT = "slipway:requested-at"
SEQUENCER_LENGTH = 32  # hexadecimal digits; S3's have 16 to 18


def requested_at(plan: Plan, artifact: Artifact | None, execution: Execution) -> str:
    """Return a tag value that sorts as text by when the deployment was wanted: an instant and a sequencer."""
    sequencer = plan.get("Artifact", {}).get("Sequencer", "")
    moment = artifact["UploadedAt"] if artifact and plan["Trigger"] == "Upload" else execution["StartTime"]
    instant = datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z {padded(sequencer)}"


def is_newer(tags: Mapping[str, str], ours: str) -> bool:
    """Say whether something with these tags was wanted later than `ours`; what has no such tag was not."""
    return tags.get(REQUESTED_AT, "") > ours


def is_current(plan: Plan, etag: str) -> bool:
    """Say whether the object in S3 is still the one whose upload started the execution."""
    uploaded = plan.get("Artifact", {}).get("ETag")
    return uploaded is None or uploaded == etag


def padded(sequencer: str) -> str:
    """Return an S3 sequencer so that sequencers of one key compare as text."""
    return sequencer.upper()[:SEQUENCER_LENGTH].ljust(SEQUENCER_LENGTH, "0")
