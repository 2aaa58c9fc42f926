"""What a Distributed Map reads and writes: batches of items, the records of child executions, and result files.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html and
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
STATUSES = {"PENDING": "pending", "RUNNING": "running", "SUCCEEDED": "succeeded", "FAILED": "failed"} | {
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
    "PENDING_REDRIVE": "pendingRedrive",
}
COUNTS = (*STATUSES.values(), "total", "resultsWritten", "failuresNotRedrivable")


@dataclass(eq=False)
class Child:
    """One child workflow: its input, how many items that holds, and its execution once it has started."""

    input: Any
    items: int = 1
    execution: dict[str, Any] | None = None
    is_waiting_for_redrive: bool = False

    @property
    def status(self) -> str:
        """Return the status that a Map Run counts it under."""
        if self.is_waiting_for_redrive:
            return "PENDING_REDRIVE"
        return "PENDING" if self.execution is None else str(self.execution["status"])


def batches(inputs: Iterable[Any], max_items: float | None, max_bytes: float | None, shared: Any) -> Iterator[Child]:
    """Yield a child for each batch of items; `shared` is BatchInput, None for none.

    A batch ends where the next item would exceed one of the limits.
    """
    batch: list[Any] = []
    for item in inputs:
        grown = _batch_input([*batch, item], shared)
        is_full = max_items is not None and len(batch) >= max_items
        is_too_large = max_bytes is not None and len(json.dumps(grown).encode()) > max_bytes
        if batch and (is_full or is_too_large):
            yield Child(_batch_input(batch, shared), len(batch))
            batch = []
        batch.append(item)
    if batch:
        yield Child(_batch_input(batch, shared), len(batch))


def _batch_input(items: list[Any], shared: Any) -> dict[str, Any]:
    return {"Items": items} if shared is None else {"BatchInput": shared, "Items": items}


def counts(children: Iterable[Child], *, of_items: bool) -> dict[str, int]:
    """Return how many items, or executions, there are of each status."""
    found = dict.fromkeys(COUNTS, 0)
    for child in children:
        size = child.items if of_items else 1
        found[STATUSES[child.status]] += size
        found["total"] += size
    return found


def is_exceeded(failed: int, total: int, limits: Mapping[str, float]) -> bool:
    """Say whether more failed than is tolerated; without a limit, that is any.

    "If you specify both, Step Functions fails the workflow if either is exceeded."
    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    if not limits:
        return failed > 0
    count, percentage = limits.get("toleratedFailureCount"), limits.get("toleratedFailurePercentage")
    return (count is not None and failed > count) or (percentage is not None and failed * 100 > percentage * total)


def record(child: Child) -> dict[str, Any]:
    """Return the metadata of a child execution as ResultWriter exports it: input and output are JSON strings."""
    if child.execution is None:
        return {"Input": json.dumps(child.input), "InputDetails": {"Included": True}, "Status": "PENDING"}
    execution, succeeded = child.execution, child.execution["status"] == "SUCCEEDED"
    reason = {"RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven"} if succeeded else {}
    ended = {"Output": execution["output"]} if succeeded else {"Error": execution["error"], "Cause": execution["cause"]}
    return {
        "ExecutionArn": execution["executionArn"],
        "Input": execution["input"],
        "InputDetails": {"Included": True},
        "Name": execution["name"],
        **ended,
        "OutputDetails": {"Included": True},
        "RedriveCount": execution["redriveCount"],
        "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE_BY_MAP_RUN",
        **reason,
        "StartDate": execution["startDate"],
        "StateMachineArn": execution["stateMachineArn"],
        "Status": execution["status"],
        "StopDate": execution["stopDate"],
    }


def results(children: Iterable[Child], transformation: str) -> list[Any]:
    """Return the results in the order of the items.

    "If a child workflow execution fails, Step Functions returns its execution result unchanged", as NONE does.
    """
    found: list[Any] = []
    for child in children:
        succeeded = child.status == "SUCCEEDED"
        if transformation == "NONE" or not succeeded or child.execution is None:
            found.append(record(child))
            continue
        output = json.loads(child.execution["output"])
        if transformation == "FLATTEN" and isinstance(output, list):
            found.extend(output)
        else:
            found.append(output)
    return found


def result_files(
    children: list[Child], map_run_arn: str, bucket: str, folder: str, config: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files of a Map Run by their key, the manifest last: one for each status that there is."""
    as_lines = config.get("OutputType") == "JSONL"
    files: dict[str, bytes] = {}
    listed: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for name, entries in listed.items():
        chosen = [child for child in children if _file_of(child) == name]
        if not chosen:
            continue
        found = results(chosen, config.get("Transformation", "NONE"))
        text = "\n".join(map(json.dumps, found)) if as_lines else json.dumps(found)
        key = f"{folder}/{name}_0.{'jsonl' if as_lines else 'json'}"
        files[key] = text.encode()
        entries.append({"Key": key, "Size": len(files[key])})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": listed}
    files[f"{folder}/manifest.json"] = json.dumps(manifest).encode()
    return files


def _file_of(child: Child) -> str:
    if child.status in ("SUCCEEDED", "PENDING"):
        return child.status
    return "FAILED"
