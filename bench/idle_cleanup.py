"""What assessing an account's endpoints costs: our cleanup against a script that reads each endpoint by itself.

    python bench/idle_cleanup.py [ENDPOINTS ...]

A simulated account: the clients are in memory and count calls; everything else is what ships. A run deletes as many as
the stack's default allows. Each measurement is a process of its own, for its peak of memory. Exit code 1 if an aim is
missed, or if ours finds something else idle than what is.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, TypedDict

sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.simulated_account import MACHINE, NOW, Account

from slipway.cleanup.assess import Verdict
from slipway.cleanup.aws import cleanup_aws
from slipway.cleanup.delete import delete_idle_endpoint
from slipway.cleanup.recheck import candidates
from slipway.cleanup.run import CleanupRun, Clock
from slipway.cleanup.survey import AssessEndpoints
from slipway.deployment.settings import Settings

SIZES = (100, 1_000, 10_000, 50_000)
MINUTE, WINDOW = timedelta(minutes=1), timedelta(hours=2)
CALL_SECONDS = 0.05  # stated, not measured: about what a call to a region nearby takes
AIMED_AT, MAX_CALLS, CALLS_A_DELETION, MAX_MEMORY = 10_000, 300, 4, 256  # endpoints, calls, calls, MB


class Figures(TypedDict):
    """Of one run: calls by operation, endpoints deleted, whether it was right, seconds, MB."""

    calls: dict[str, int]
    deleted: int
    right: bool
    seconds: float
    memory: float


def slipway(account: Account) -> set[str]:
    """Assess all endpoints, recheck as many idle ones as a run may delete, and delete them as the product does."""
    settings = Settings("slipway", "us-east-1", state_machine_arn=MACHINE, idle_after_minutes=WINDOW // MINUTE)
    clock = Clock(lambda: NOW, lambda: 900.0, _no_wait, float)
    run = CleanupRun(cleanup_aws(lambda _service: account, settings), clock, settings)
    idle = [assessment for assessment in AssessEndpoints(run) if assessment.verdict is Verdict.IDLE]
    for candidate in candidates(run, idle[: settings.max_idle_deletions_per_run]):
        delete_idle_endpoint(run, candidate)
    return {assessment.name for assessment in idle}


def straightforward(account: Account) -> set[str]:
    """Read each endpoint by itself, as the scripts that are found do, with our rules as far as those go."""
    idle = set()
    for endpoint in _listed(account):
        tags = {tag["Key"]: tag["Value"] for tag in account.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]}
        described = account.describe_endpoint(EndpointName=endpoint["EndpointName"])
        minutes = int(tags.get("slipway:idle-after-minutes", WINDOW.total_seconds() // 60))
        if "slipway:protected" in tags or described["LastModifiedTime"] > NOW - timedelta(minutes=minutes):
            continue
        if not any(_is_used(account, described, variant) for variant in described["ProductionVariants"]):
            idle.add(endpoint["EndpointName"])
            if len(idle) <= Settings.max_idle_deletions_per_run:
                account.delete_endpoint(EndpointName=endpoint["EndpointName"])
    return idle


def _listed(account: Account) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = account.list_endpoints(MaxResults=100, **token)
        yield from page["Endpoints"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _is_used(account: Account, described: dict[str, Any], variant: dict[str, Any]) -> bool:
    if "CurrentServerlessConfig" in variant:
        return True
    names = {"EndpointName": described["EndpointName"], "VariantName": variant["VariantName"]}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    return bool(account.get_metric_statistics(Dimensions=dimensions, Namespace="AWS/SageMaker")["Datapoints"])


def _no_wait(_seconds: float) -> None:
    """Nothing is throttled here."""


RUNS: dict[str, Callable[[Account], set[str]]] = {"slipway": slipway, "straightforward": straightforward}


def run(name: str, size: int) -> Figures:
    account = Account(size)
    started = perf_counter()
    idle = RUNS[name](account)
    seconds = perf_counter() - started
    return Figures(
        calls=dict(account.calls),
        deleted=len(account.deleted),
        right=idle == account.idle and account.deleted <= idle,
        seconds=seconds,
        memory=_peak(),
    )


def _peak() -> float:
    """Return this process's peak of resident memory in MB. getrusage has the parent's."""
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(kilobytes) / 1024


def measured(name: str, size: int) -> Figures:
    """Run in a process of its own."""
    command = [sys.executable, __file__, "--run", name, str(size)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures: Figures = json.loads(output)
    return figures


def claims(size: int, found: Figures) -> dict[str, bool]:
    """Return what is claimed of a run of ours, and whether it holds."""
    claims = {f"{size:,}: what is idle, and nothing else, is found idle": found["right"]}
    if size != AIMED_AT:
        return claims
    calls, most = calls_of(found), MAX_CALLS + CALLS_A_DELETION * found["deleted"]
    return claims | {
        f"{size:,}: {MAX_CALLS} calls at most and {CALLS_A_DELETION} a deletion": calls <= most,
        f"{size:,}: at most {MAX_MEMORY} MB": found["memory"] <= MAX_MEMORY,
    }


def calls_of(found: Figures) -> int:
    return sum(found["calls"].values())


def main(sizes: list[int]) -> int:
    print(f"{'endpoints':>9}  {'who':15}  {'calls':>8}  {'deleted':>7}  {'in memory':>9}  {'at 50 ms':>9}  {'peak':>7}")
    held: dict[str, bool] = {}
    for size in sizes:
        found = {name: measured(name, size) for name in RUNS}
        for name, figures in found.items():
            calls = calls_of(figures)
            print(
                f"{size:>9,}  {name:15}  {calls:>8,}  {figures['deleted']:>7,}  {figures['seconds']:>7.2f} s"
                f"  {calls * CALL_SECONDS:>7,.0f} s  {figures['memory']:>4.0f} MB"
            )
        ratio = calls_of(found["straightforward"]) / calls_of(found["slipway"])
        ours = ", ".join(f"{count:,} {operation}" for operation, count in found["slipway"]["calls"].items())
        print(f"{'':>9}  ratio of calls {ratio:.0f}; ours: {ours}")
        held |= claims(size, found["slipway"])
    for claim, holds in held.items():
        print(f"{'held  ' if holds else 'MISSED'}  {claim}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run(sys.argv[2], int(sys.argv[3]))))
    else:
        sys.exit(main([int(argument) for argument in sys.argv[1:]] or list(SIZES)))
