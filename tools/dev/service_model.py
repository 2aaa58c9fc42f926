"""Writes the local SageMaker's service model from the newest botocore's."""

from __future__ import annotations

import json
import sys
from typing import Any

from dev.schema.newest import newest_document
from slipway_local.sagemaker.validation.service_model import FILE, part_of


def write_service_model(*, check: bool) -> int:
    """Write the file. With `check`, write nothing and return 1 when it is stale."""
    text = written(part_of(newest_document("sagemaker")))
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    if not check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    sys.stdout.write(f"{FILE} is stale: run make service-model\n")
    return 1


def written(model: dict[str, Any]) -> str:
    """Return a service model as JSON with an operation or a shape a line, so that a change shows what changed."""
    sections = ",\n".join(f"{json.dumps(name)}: {{\n{_lines(model[name])}\n}}" for name in ("operations", "shapes"))
    return f'{{\n"metadata": {json.dumps(model["metadata"])},\n{sections}\n}}\n'


def _lines(section: dict[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in section.items())
