"""PlanRollout: check every line of a manifest, add up what it needs, and write the waves.

No deployment is started here. The deployment workflow checks again what may change until a line's turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from slipway.deployment.limits import check_model_bucket
from slipway.deployment.parts import variants_of
from slipway.deployment.plan import Execution, Plan, bucket_and_key
from slipway.deployment.settings import Settings
from slipway.errors import AwsRefused, FieldMissing, FieldsConflict, NotFound, NotYet, SlipwayError
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import ROLLOUT_SCHEMA_FILE, check
from slipway.planning.model_source import Sources
from slipway.planning.plan_deployment import plan_document
from slipway.preflight.check_account import InstanceQuota
from slipway.prices import Prices
from slipway.prices.hosting_cost import HOURS_A_MONTH, cost_per_hour
from slipway.rollouts.errors import ManifestInvalid, ManifestNotFound, RolloutExceedsQuota
from slipway.rollouts.files import FOLDER, SHOWN, RolloutFiles, items_content
from slipway.rollouts.manifest import Line, read_manifest

MAX_LINES = 10_000
DEFAULT_CONCURRENCY = 20
# A small first wave, in which nothing may fail, and then the rest.
DEFAULT_WAVES: tuple[Mapping[str, Any], ...] = (
    {"Count": 5, "MaxConcurrency": 5, "ToleratedFailurePercentage": 0},
    {"Percentage": 100, "MaxConcurrency": DEFAULT_CONCURRENCY, "ToleratedFailurePercentage": 5},
)
# What is looked up by calls, thousands of which SageMaker throttles: the deployment of the line looks it up.
LOOKED_UP = ('"TrainingJobName":', '"ModelPackageArn":')


@dataclass(frozen=True)
class RolloutAws:
    """What a rollout is planned with."""

    files: RolloutFiles
    sources: Sources
    instance_quota: InstanceQuota
    prices: Prices


@dataclass(frozen=True)
class Checked:
    """A line that keeps the contract, and what it is hosted on: instances by type."""

    line: Line
    instances: Mapping[str, int]


def plan_rollout(request: object, execution: Execution, aws: RolloutAws, settings: Settings) -> dict[str, Any]:
    """Return the waves, the instances, the cost and the warnings; write the waves and the report.

    A dry run reports what another run would be refused for. Raises an `InputRefused`.
    """
    wanted = check(request, ROLLOUT_SCHEMA_FILE)
    lines = _lines_of(wanted["ManifestUrl"], aws.files, settings)
    checked, refused = _check_lines(lines, _planner(execution, aws.sources, settings))
    instances = _summed(one.instances for one in checked)
    too_many, warnings = _check_quotas(instances, aws.instance_quota)
    is_dry_run = bool(wanted.get("DryRun", False))
    if refused and not is_dry_run:
        raise ManifestInvalid(_refusal(refused, len(lines)))
    if too_many and not is_dry_run:
        raise RolloutExceedsQuota(" ".join(too_many))
    folder = f"{FOLDER}/{execution['Name']}"
    waves = _waves([one.line for one in checked], wanted.get("Waves", DEFAULT_WAVES), folder, settings.model_bucket)
    per_hour = cost_per_hour(instances, aws.prices.hourly_price)
    plan = {
        "DryRun": is_dry_run,
        "Lines": len(lines),
        "Refused": len(refused),
        "RefusedLines": refused[:SHOWN],
        "Instances": instances,
        "EstimatedCost": None
        if per_hour is None
        else {
            "PerHour": per_hour,
            "PerMonth": round(per_hour * HOURS_A_MONTH, 2),
            "Prices": aws.prices.as_of,
        },
        "Warnings": [*too_many, *warnings],
        "Folder": folder,
        "Waves": [wave for wave, _ in waves],
        "ReportUrl": f"s3://{settings.model_bucket}/{folder}/plan.json",
    }
    for wave, content in [] if is_dry_run else waves:
        aws.files.write(wave["Key"], content)
    aws.files.write(f"{folder}/plan.json", json.dumps({**plan, "RefusedLines": refused}, indent=1).encode())
    return plan


def _lines_of(url: str, files: RolloutFiles, settings: Settings) -> list[Line]:
    check_model_bucket(url, settings.limits)
    bucket, key = bucket_and_key(url)
    try:
        lines = read_manifest(files.read(bucket, key), key)
    except NotFound:
        raise ManifestNotFound(f"ManifestUrl is {url}, but there is no such object: upload the manifest.") from None
    if not lines:
        raise ManifestInvalid(f"{url} has no line: write one deployment input a line.")
    if len(lines) > MAX_LINES:
        raise ManifestInvalid(f"{url} has {len(lines)} lines, but may have {MAX_LINES}: split it.")
    return lines


def _planner(execution: Execution, sources: Sources, settings: Settings) -> Callable[[Line], Mapping[str, int]]:
    def instances_of(line: Line) -> Mapping[str, int]:
        document = check(dict(line.document))
        if any(name in json.dumps(document) for name in LOOKED_UP):
            check_rules(document, settings.region)
            return _hosted(_variants_in(document))
        plan: Plan = plan_document(document, execution, sources, settings)
        return _hosted([one.get("Variant", {}) for one in variants_of(plan)])

    return instances_of


def _variants_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what holds InstanceType and InitialInstanceCount in a deployment input."""
    return [*(document.get("ProductionVariants") or [document]), *document.get("ShadowProductionVariants", [])]


def _hosted(variants: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return _summed(
        {one["InstanceType"]: one.get("InitialInstanceCount", 1)} for one in variants if "InstanceType" in one
    )


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for instance_type, count in one.items():
            total[instance_type] = total.get(instance_type, 0) + count
    return dict(sorted(total.items()))


def _check_lines(
    lines: Iterable[Line], instances_of: Callable[[Line], Mapping[str, int]]
) -> tuple[list[Checked], list[dict[str, Any]]]:
    """Return the lines that keep the contract, and of each other one its number, error and message."""
    checked: list[Checked] = []
    refused: list[dict[str, Any]] = []
    first: dict[str, int] = {}
    for line in lines:
        try:
            _check_line(line)
            instances = instances_of(line)
            _check_duplicate(line, first)
        except NotYet:
            raise
        except SlipwayError as error:
            refused.append({"Line": line.number, "Error": type(error).__name__, "Message": str(error)})
        else:
            checked.append(Checked(line, instances))
    return checked, refused


def _check_line(line: Line) -> None:
    if line.refused:
        raise ManifestInvalid(f"The line cannot be read: {line.refused}.")


def _check_duplicate(line: Line, first: dict[str, int]) -> None:
    # SageMaker takes names that differ in upper and lower case only for the same.
    name = str(line.document["EndpointName"])
    number = first.setdefault(name.lower(), line.number)
    if number != line.number:
        raise FieldsConflict(f"EndpointName {name} is on line {number} too: remove one of the two.")


def _refusal(refused: list[dict[str, Any]], lines: int) -> str:
    shown = " ".join(f"Line {one['Line']}: {one['Message']}" for one in refused[:SHOWN])
    more = f" And {len(refused) - SHOWN} more; a dry run reports all." if len(refused) > SHOWN else ""
    return f"{len(refused)} of {lines} lines are refused. {shown}{more}"


def _check_quotas(instances: Mapping[str, int], instance_quota: InstanceQuota) -> tuple[list[str], list[str]]:
    """Return what is surely too much, and what could not be checked."""
    too_many, warnings = [], []
    for instance_type, count in instances.items():
        name = f"{instance_type} for endpoint usage"
        try:
            quota = instance_quota(name)
        except (AwsRefused, NotYet) as unread:
            warnings.append(f'The quota "{name}" could not be checked ({type(unread).__name__}: {unread}).')
            continue
        if quota is None:
            warnings.append(f'Service Quotas lists no "{name}"; it was not checked.')
        elif quota < count:
            too_many.append(
                f'The account\'s quota "{name}" is {quota}, but the manifest has {count}: '
                "ask Service Quotas for more, or use another InstanceType."
            )
    return too_many, warnings


def _waves(
    lines: list[Line], wanted: Iterable[Mapping[str, Any]], folder: str, bucket: str
) -> list[tuple[dict[str, Any], bytes]]:
    """Return each wave with the content of its file. The last wave takes all lines that are left."""
    waves, begin, settings = [], 0, list(wanted)
    for number, wave in enumerate(settings, 1):
        end = len(lines) if number == len(settings) else min(len(lines), begin + _size(wave, number, len(lines)))
        if end > begin:
            items = [{"Line": line.number, "Deployment": line.document} for line in lines[begin:end]]
            about = {
                "Number": number,
                "Lines": end - begin,
                "Bucket": bucket,
                "Key": f"{folder}/wave-{number}.jsonl",
                "MaxConcurrency": wave.get("MaxConcurrency", DEFAULT_CONCURRENCY),
                "ToleratedFailurePercentage": wave.get("ToleratedFailurePercentage", 0),
            }
            waves.append((about, items_content(items)))
        begin = end
    return waves


def _size(wave: Mapping[str, Any], number: int, lines: int) -> int:
    if "Count" in wave and "Percentage" in wave:
        raise FieldsConflict(f"Waves[{number - 1}] has Count and Percentage: remove one of the two.")
    if "Count" in wave:
        return int(wave["Count"])
    if "Percentage" not in wave:
        raise FieldMissing(f"Waves[{number - 1}] needs Count or Percentage; only the last wave may have neither.")
    return ceil(lines * float(wave["Percentage"]) / 100)
