"""The replayable inputs in events/, found by globbing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
EXECUTIONS = sorted((EVENTS / "executions").glob("*.json"))
UPLOADS = sorted((EVENTS / "s3").glob("*.json"))
STATES = sorted((EVENTS / "states").glob("*.json"))


def read(path: Path) -> Any:
    """Return one file's JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def execution_input(name: str) -> dict[str, Any]:
    """Return events/executions/<name>.json, without the reference to the schema that editors check it by."""
    document: dict[str, Any] = read(EVENTS / "executions" / f"{name}.json")
    del document["$schema"]
    return document


def transform_input(name: str) -> dict[str, Any]:
    """Return events/transforms/<name>.json, likewise."""
    document: dict[str, Any] = read(EVENTS / "transforms" / f"{name}.json")
    del document["$schema"]
    return document


def state_payload(name: str) -> dict[str, Any]:
    """Return events/states/<name>.json."""
    document: dict[str, Any] = read(EVENTS / "states" / f"{name}.json")
    return document
