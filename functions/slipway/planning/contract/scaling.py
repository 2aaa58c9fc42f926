"""AutoScaling together with the other fields. Application Auto Scaling itself would refuse it only after InService."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict

EXAMPLE = {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}
# SageMaker developer guide, "Register a model": no auto scaling for burstable instances such as T2.
BURSTABLE = "ml.t2."  # the only ones of those that SageMaker hosts on


def check_scaling(document: Mapping[str, Any]) -> None:
    """Check AutoScaling. Raises `FieldMissing`, `FieldInvalid` or `FieldsConflict`."""
    if not document.get("AutoScaling"):
        return  # {} takes scaling off
    for name, example in EXAMPLE.items():
        if name not in document["AutoScaling"]:
            raise FieldMissing(
                f"AutoScaling.{name} is missing: add it, for example {example}, or write {{}} to take scaling off."
            )
    if "ServerlessConfig" in document:
        raise FieldsConflict(
            "AutoScaling and ServerlessConfig exclude each other: serverless hosting scales by itself; "
            "remove AutoScaling, or ServerlessConfig."
        )
    if "AsyncInferenceConfig" in document:
        raise FieldsConflict(
            "AutoScaling and AsyncInferenceConfig exclude each other: asynchronous endpoints count no invocations per "
            "instance; remove AutoScaling, or AsyncInferenceConfig."
        )
    _check_capacity(document)
    for instance_type in _instance_types(document):
        if instance_type.startswith(BURSTABLE):
            raise FieldsConflict(
                f"AutoScaling and {instance_type} exclude each other: burstable instances cannot be scaled; "
                "use another instance type, for example ml.m5.large."
            )


def _check_capacity(document: Mapping[str, Any]) -> None:
    least, most = document["AutoScaling"]["MinCapacity"], document["AutoScaling"]["MaxCapacity"]
    if least > most:
        raise FieldInvalid(
            f"AutoScaling.MinCapacity is {least}, but must be at most MaxCapacity, which is {most}; exchange the two."
        )
    count = document.get("InitialInstanceCount", least)
    if not least <= count <= most:
        raise FieldInvalid(
            f"InitialInstanceCount is {count}, but must be within AutoScaling's {least} to {most}; "
            "remove InitialInstanceCount to begin with MinCapacity."
        )


def _instance_types(document: Mapping[str, Any]) -> Iterator[str]:
    pools = document.get("InstancePools", [document] if "InstanceType" in document else [])
    yield from (pool["InstanceType"] for pool in pools)
