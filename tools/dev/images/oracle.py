"""The SageMaker SDK's resolver, asked as a black box about inference images.

It is that of the line whose environment this runs in: sagemaker-core, of version 3 of the SDK, or version 2.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

try:
    from sagemaker.core import common_utils, fw_utils, image_uris

    DISTRIBUTION = "sagemaker-core"
except ImportError:
    from sagemaker import fw_utils, image_uris
    from sagemaker import utils as common_utils

    DISTRIBUTION = "sagemaker"

IS_VERSION_2 = DISTRIBUTION == "sagemaker"

# Its own configuration files of Hugging Face on Neuron are reached through `huggingface` and an inference tool.
INFERENCE_TOOLS = {"huggingface-neuron": "neuron", "huggingface-neuronx": "neuronx"}


@dataclass(frozen=True)
class ServerlessInference:
    """Stands for a ServerlessInferenceConfig, of which the resolver only asks whether it is None."""


class Question(NamedTuple):
    """One call of `resolve_image`, by its parameters."""

    framework: str
    region: str
    version: str | None
    instance_type: str | None
    py_version: str | None
    base_framework_version: str | None
    serverless: bool = False


def sdk_version() -> str:
    """Return the name and version of the SDK that answers."""
    return f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}"


def remember_files() -> None:
    """Let the resolver read each of its files once instead of at every call, and be quiet.

    What is left aside is its care for pipeline parameters and variables, of which none is asked about: a decorator
    that replaces them, and a check of each argument.
    """
    common_utils._botocore_resolver = functools.cache(common_utils._botocore_resolver)
    image_uris.config_for_framework = functools.cache(image_uris.config_for_framework)
    image_uris.retrieve = inspect.unwrap(image_uris.retrieve)
    image_uris.is_pipeline_variable = _is_no_variable
    logging.disable(logging.CRITICAL)


def _is_no_variable(_: object) -> bool:
    return False


def config(framework: str) -> dict[str, Any]:
    """Return the SDK's table of a framework, as it is on its disk."""
    table: dict[str, Any] = image_uris.config_for_framework(framework)
    return table


def frameworks() -> list[str]:
    """Return every framework with a table that has an inference scope."""
    names = sorted(path.stem for path in (Path(image_uris.__file__).parent / "image_uri_config").glob("*.json"))
    return [name for name in names if _has_inference(config(name))]


def graviton_families() -> list[str]:
    """Return the families that the SDK knows as Graviton."""
    return sorted(fw_utils.GRAVITON_ALLOWED_TARGET_INSTANCE_FAMILY)


def _has_inference(table: dict[str, Any]) -> bool:
    return "inference" in table or "inference" in table.get("scope", ())


def ask(question: Question) -> str | None:
    """Return the SDK's URI, or None where it refuses or stumbles: its slips are of many types."""
    tool = INFERENCE_TOOLS.get(question.framework)
    try:
        uri: str = image_uris.retrieve(
            framework="huggingface" if tool else question.framework,
            region=question.region,
            version=question.version,
            py_version=question.py_version,
            instance_type=question.instance_type,
            image_scope="inference",
            base_framework_version=question.base_framework_version,
            inference_tool=tool,
            serverless_inference_config=ServerlessInference() if question.serverless else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError, UnboundLocalError):
        return None
    return uri


def is_training_image(image: str) -> bool:
    """Return whether the SDK, having no inference image, ignored the scope and fell back to a training image.

    It does so, with a warning, for pytorch on Trainium: any version answers `pytorch-training-neuron:1.11.0-…`.
    """
    return "-training-" in image or "-training:" in image
