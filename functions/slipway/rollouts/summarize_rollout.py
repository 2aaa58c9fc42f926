"""SummarizeRollout: count the ends of a rollout's deployments, and write the lines that failed as a wave of their own.

Reads what ResultWriter exported: Input and Output of a child execution are JSON texts (Step Functions developer guide,
"ResultWriter (Map)").
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slipway.rollouts.plan_rollout import SHOWN, RolloutFiles, items_content

SUCCEEDED = "SUCCEEDED"


def summarize_rollout(
    plan: Mapping[str, Any], manifests: Iterable[str], files: RolloutFiles, bucket: str
) -> dict[str, Any]:
    """Return the counts by outcome, the first failures, and the wave that deploys failed lines again.

    `manifests` are the keys of the exported results, in the order of the waves: the later end of a line counts.
    """
    ends: dict[int, Mapping[str, Any]] = {}
    for key in manifests:
        ends |= {item["Line"]: {**end, "Item": item} for item, end in _ends(key, files, bucket)}
    failures = [_failure(end) for _, end in sorted(ends.items()) if end["Status"] != SUCCEEDED]
    outcomes = Counter(json.loads(end["Output"])["Outcome"] for end in ends.values() if end["Status"] == SUCCEEDED)
    folder = plan["Folder"]
    summary = {
        "Lines": plan["Lines"],
        "Outcomes": dict(sorted(outcomes.items())),
        "Failed": len(failures),
        "Failures": failures[:SHOWN],
        "SummaryUrl": f"s3://{bucket}/{folder}/summary.json",
    }
    files.write(f"{folder}/summary.json", json.dumps({**summary, "Failures": failures}, indent=1).encode())
    if failures:
        key = f"{folder}/failed.jsonl"
        files.write(key, items_content(ends[one["Line"]]["Item"] for one in failures))
        concurrency = plan["Waves"][-1]["MaxConcurrency"]
        summary["Again"] = {
            "Number": len(plan["Waves"]) + 1,
            "Lines": len(failures),
            "Bucket": bucket,
            "Key": key,
            "MaxConcurrency": concurrency,
            "ToleratedFailurePercentage": 0,
        }
    return summary


def _ends(key: str, files: RolloutFiles, bucket: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each exported child execution with the item that it was started for."""
    manifest = json.loads(files.read(bucket, key))
    for listed in manifest["ResultFiles"].values():
        for file in listed:
            for end in json.loads(files.read(bucket, file["Key"])):
                yield json.loads(end["Input"]), end


def _failure(end: Mapping[str, Any]) -> dict[str, Any]:
    """Return what failed, by the nested execution's own error where the child's cause describes it."""
    item, nested = end["Item"], _described(end.get("Cause", ""))
    cause = _described(nested.get("Cause", ""))
    return {
        "Line": item["Line"],
        "EndpointName": item["Deployment"]["EndpointName"],
        "Error": nested.get("Error") or end.get("Error") or end["Status"],
        "Message": cause.get("Message") or nested.get("Cause") or end.get("Cause", ""),
        "Execution": nested.get("ExecutionArn"),
    }


def _described(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
