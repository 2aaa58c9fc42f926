"""SummarizeRollout: count the ends of a rollout's deployments, and write the lines that failed as a wave of their own.

Reads what ResultWriter exported: Input and Output of a child execution are JSON texts (Step Functions developer guide,
"ResultWriter (Map)").
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.rollouts.files import SHOWN, RolloutFiles, items_content

SUCCEEDED = "SUCCEEDED"
MAX_MESSAGE = 500  # characters in a state's output, which has 256 KiB at most; summary.json has the whole


@dataclass(frozen=True)
class Results:
    """The last end of each line that was started: counts by outcome, and the failures with their items."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    failed_items: list[Mapping[str, Any]] = field(default_factory=list)
    deployed: Mapping[str, str] = field(default_factory=dict)


def read_results(manifests: Iterable[bytes], files: RolloutFiles, bucket: str) -> Results:
    """Return the ends that were exported. `deployed` has the outcome of each endpoint that was deployed.

    `manifests` list the files of the exported results, in the order of the waves: the later end of a line counts.
    """
    ends: dict[int, Mapping[str, Any]] = {}
    for manifest in manifests:
        ends |= {item["Line"]: {**end, "Item": item} for item, end in _ends(manifest, files, bucket)}
    succeeded = [end for _, end in sorted(ends.items()) if end["Status"] == SUCCEEDED]
    deployed = {end["Item"]["Deployment"]["EndpointName"]: json.loads(end["Output"])["Outcome"] for end in succeeded}
    failed = [end for _, end in sorted(ends.items()) if end["Status"] != SUCCEEDED]
    return Results(
        outcomes=dict(sorted(Counter(deployed.values()).items())),
        failures=[_failure(end) for end in failed],
        failed_items=[end["Item"] for end in failed],
        deployed=deployed,
    )


def summarize_rollout(
    plan: Mapping[str, Any], manifests: Iterable[str], files: RolloutFiles, bucket: str
) -> dict[str, Any]:
    """Return the counts by outcome, the first failures, and the wave that deploys failed lines again."""
    found = read_results((files.read(bucket, key) for key in manifests), files, bucket)
    folder = plan["Folder"]
    summary = {
        "Lines": plan["Lines"],
        "Outcomes": found.outcomes,
        "Failed": len(found.failures),
        "Failures": [{**one, "Message": one["Message"][:MAX_MESSAGE]} for one in found.failures[:SHOWN]],
        "SummaryUrl": f"s3://{bucket}/{folder}/summary.json",
    }
    files.write(f"{folder}/summary.json", json.dumps({**summary, "Failures": found.failures}, indent=1).encode())
    if found.failures:
        key = f"{folder}/failed.jsonl"
        files.write(key, items_content(found.failed_items))
        summary["Again"] = {
            "Number": len(plan["Waves"]) + 1,
            "Lines": len(found.failures),
            "Bucket": bucket,
            "Key": key,
            "MaxConcurrency": plan["Waves"][-1]["MaxConcurrency"],
            "ToleratedFailurePercentage": 0,
        }
    return summary


def _ends(manifest: bytes, files: RolloutFiles, bucket: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each exported child execution with the item that it was started for."""
    for listed in json.loads(manifest)["ResultFiles"].values():
        for file in listed:
            for end in json.loads(files.read(bucket, file["Key"])):
                yield json.loads(end["Input"]), end


def _failure(end: Mapping[str, Any]) -> dict[str, Any]:
    """Return what failed, by the nested execution's own error where the child's cause describes it."""
    item, nested = end["Item"], _described(end.get("Cause") or "")
    cause = _described(nested.get("Cause") or "")
    return {
        "Line": item["Line"],
        "EndpointName": item["Deployment"]["EndpointName"],
        "Error": nested.get("Error") or end.get("Error") or end["Status"],
        "Message": cause.get("Message") or nested.get("Cause") or end.get("Cause") or "",
        "Execution": nested.get("ExecutionArn"),
    }


def _described(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
