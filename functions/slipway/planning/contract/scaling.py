"""AutoScaling together with the other fields. Application Auto Scaling itself would refuse it only after InService."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipway.deployment.scaling_tag import UTC, scaling_text
from slipway.deployment.tags import MAX_VALUE
from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict
from slipway.planning.contract.parts import PRODUCTION, parts_of

EXAMPLE = {"MinCapacity": 1, "MaxCapacity": 4}
INVOCATIONS, BACKLOG = "TargetInvocationsPerInstance", "TargetBacklogPerInstance"
# SageMaker developer guide, "Register a model": no auto scaling for burstable instances such as T2.
BURSTABLE = "ml.t2."  # the only ones of those that SageMaker hosts on
KNOWN_ZONE = "Europe/Paris"
DAY_FIELDS = (2, 4)  # of a cron expression: day of month, and day of week


def check_scaling(document: Mapping[str, Any]) -> None:
    """Check AutoScaling. Raises `FieldMissing`, `FieldInvalid` or `FieldsConflict`."""
    scaling = document.get("AutoScaling")
    if not scaling:
        return  # {} takes scaling off
    for name, example in EXAMPLE.items():
        if name not in scaling:
            raise FieldMissing(
                f"AutoScaling.{name} is missing: add it, for example {example}, or write {{}} to take scaling off."
            )
    _check_target(document, scaling)
    _check_bounds("AutoScaling", scaling)
    for position, schedule in enumerate(scaling.get("Schedules", [])):
        where = f"AutoScaling.Schedules[{position}]"
        _check_schedule(where, schedule)
        _check_bounds(where, {**schedule, BACKLOG: scaling.get(BACKLOG)})
    _check_count(document, scaling)
    for instance_type in _instance_types(document):
        if instance_type.startswith(BURSTABLE):
            raise FieldsConflict(
                f"AutoScaling and {instance_type} exclude each other: burstable instances cannot be scaled; "
                "use another instance type, for example ml.m5.large."
            )


def check_size(document: Mapping[str, Any]) -> None:
    """Check that the scaling of all variants fits into the tag that keeps it. Raises `FieldInvalid`."""
    parts = [part for _, part in parts_of(document)] if PRODUCTION in document else [document]
    scaling = {part.get("VariantName", ""): part["AutoScaling"] for part in parts if part.get("AutoScaling")}
    if (size := len(scaling_text(scaling))) > MAX_VALUE:
        raise FieldInvalid(
            f"AutoScaling takes {size} characters as the tag that keeps it, but a tag has at most {MAX_VALUE}: "
            "remove some of its Schedules."
        )


def _check_target(document: Mapping[str, Any], scaling: Mapping[str, Any]) -> None:
    if "ServerlessConfig" in document:
        raise FieldsConflict(
            "AutoScaling and ServerlessConfig exclude each other: serverless hosting scales by itself; "
            "remove AutoScaling, or ServerlessConfig."
        )
    if INVOCATIONS in scaling and BACKLOG in scaling:
        raise FieldsConflict(
            f"AutoScaling.{INVOCATIONS} and AutoScaling.{BACKLOG} exclude each other: keep one of them."
        )
    if "EndpointConfigName" not in document:  # of which it is not known here; `slipway.hosting.scaling` checks that
        _check_kind(scaling, is_asynchronous="AsyncInferenceConfig" in document)
    is_fixed = scaling["MinCapacity"] == scaling["MaxCapacity"]
    if not (INVOCATIONS in scaling or BACKLOG in scaling or "Schedules" in scaling or is_fixed):
        name, example = (BACKLOG, 5) if "AsyncInferenceConfig" in document else (INVOCATIONS, 600)
        raise FieldMissing(
            f"AutoScaling.{name} is missing: add it, for example {example}, or Schedules, or write MinCapacity and "
            "MaxCapacity alike for a fixed number of instances."
        )


def _check_kind(scaling: Mapping[str, Any], *, is_asynchronous: bool) -> None:
    if is_asynchronous and INVOCATIONS in scaling:
        raise FieldsConflict(
            f"AutoScaling.{INVOCATIONS} and AsyncInferenceConfig exclude each other: asynchronous endpoints count no "
            f"invocations per instance; write {BACKLOG}."
        )
    if not is_asynchronous and BACKLOG in scaling:
        raise FieldsConflict(
            f"AutoScaling.{BACKLOG} needs AsyncInferenceConfig: only asynchronous endpoints have a backlog; "
            f"write {INVOCATIONS}."
        )


def _check_bounds(where: str, bounds: Mapping[str, Any]) -> None:
    least, most = bounds["MinCapacity"], bounds["MaxCapacity"]
    if least == 0 and not bounds.get(BACKLOG):
        raise FieldInvalid(
            f"{where}.MinCapacity is 0, but must be at least 1: only an asynchronous endpoint with "
            f"AutoScaling.{BACKLOG} is scaled to no instances; write 1."
        )
    if least > most:
        raise FieldInvalid(
            f"{where}.MinCapacity is {least}, but must be at most MaxCapacity, which is {most}; exchange the two."
        )


def _check_schedule(where: str, schedule: Mapping[str, Any]) -> None:
    fields = schedule["ScheduleExpression"].removeprefix("cron(").removesuffix(")").split(" ")
    if [fields[position] == "?" for position in DAY_FIELDS].count(True) != 1:
        raise FieldInvalid(
            f"{where}.ScheduleExpression is {schedule['ScheduleExpression']}, but one of its day of month and its day "
            "of week must be ?, and not both; for example cron(0 8 ? * MON-FRI *)."
        )
    zone = schedule.get("Timezone", UTC)
    if not _is_zone(zone) and _is_zone(KNOWN_ZONE):  # else there is no time zone database here
        raise FieldInvalid(
            f"{where}.Timezone is {zone}, but must be a name of the IANA time zone database, for example Europe/Berlin."
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_count(document: Mapping[str, Any], scaling: Mapping[str, Any]) -> None:
    least, most = scaling["MinCapacity"], scaling["MaxCapacity"]
    count = document.get("InitialInstanceCount", max(1, least))
    if not least <= count <= most:
        raise FieldInvalid(
            f"InitialInstanceCount is {count}, but must be within AutoScaling's {least} to {most}; "
            "remove InitialInstanceCount to begin with MinCapacity."
        )


def _instance_types(document: Mapping[str, Any]) -> Iterator[str]:
    pools = document.get("InstancePools", [document] if "InstanceType" in document else [])
    yield from (pool["InstanceType"] for pool in pools)
