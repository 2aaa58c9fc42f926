"""InferenceComponents together with the other fields: what an endpoint of components has in place of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import FieldInvalid, FieldsConflict
from slipway.planning.contract.parts import COMPONENTS, PRODUCTION, SHADOW

# A request names a component, and a component is updated by itself: what belongs to a variant's model has no meaning
# here, or Slipway does not deploy it with components.
EXCLUDED = (
    PRODUCTION,
    SHADOW,
    "ModelName",
    "Containers",
    "InferenceExecutionConfig",
    "Mode",
    "MultiModelConfig",
    "ServerlessConfig",
    "AsyncInferenceConfig",
    "AutoScaling",
    "KeepInstanceCount",
    "DeploymentConfig",
    "SmokeTest",
    "TrafficAnalysis",
)


def check_components(document: Mapping[str, Any]) -> None:
    """Check InferenceComponents. Raises `FieldsConflict` or `FieldInvalid`."""
    other = next((name for name in EXCLUDED if name in document), "")
    if other:
        raise FieldsConflict(
            f"{COMPONENTS} and {other} exclude each other: models are placed as inference components on the instances "
            f"of one variant; remove {other}, or {COMPONENTS}."
        )
    names = [component["InferenceComponentName"] for component in document[COMPONENTS]]
    twice = next((name for name in names if [one.lower() for one in names].count(name.lower()) > 1), "")
    if twice:
        raise FieldInvalid(
            f"{COMPONENTS} has two of InferenceComponentName {twice}, but a request names one: give each a name of its "
            "own, which differs by more than case."
        )
