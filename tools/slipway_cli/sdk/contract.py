"""A deployment input or side file, checked offline by the very code that PlanDeployment runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from slipway.deployment.plan import Plan
from slipway.deployment.settings import Settings
from slipway.errors import InputNotAnObject
from slipway.images.plan_image import resolve_image_of
from slipway.images.refusals import framework_unknown
from slipway.images.tables import frameworks
from slipway.planning.contract.json_text import parse_json
from slipway.planning.contract.parts import HOSTING_FIELDS, HOSTING_KINDS, IMAGE_FIELDS, PRODUCTION, parts_of
from slipway.planning.contract.rules import SOURCES, check_rules
from slipway.planning.contract.schema import check, deployment_schema
from slipway.planning.uploads import SIDE_FILE
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

# What an upload says itself; a side file may repeat nothing of it but the endpoint's own name.
FROM_UPLOAD = {"EndpointName": "my-endpoint", "ModelDataUrl": "s3://my-bucket/models/my-endpoint/model.tar.gz"}


class SideFileSaysTooMuch(ClientError):
    """A side file says which model: the upload does."""


@dataclass(frozen=True)
class FieldHelp:
    """What the contract says of a field."""

    name: str
    meaning: str
    example: Any


def read_document(file: Path) -> object:
    """Return a JSON file's content. Raises `InputNotAnObject` for what is not JSON, and `OSError`."""
    try:
        return parse_json(file.read_text(encoding="utf-8"))
    except ValueError as broken:
        raise InputNotAnObject(f"{file} is not JSON: {broken}.") from None


def check_input(document: object) -> dict[str, Any]:
    """Return an execution's input, without `$schema`, if it keeps the contract. Raises an `InputRefused`."""
    checked = check(document)
    check_rules(checked)
    return checked


def check_side_file(document: object) -> dict[str, Any]:
    """Return a side file's content if uploads beside it will be accepted.

    Raises an `InputRefused`, or `SideFileSaysTooMuch`.
    """
    given = document if isinstance(document, dict) else {}
    source = next((name for name in (*SOURCES, "EndpointConfigName") if name in given), None)
    if source:
        raise SideFileSaysTooMuch(f"{source} in a side file is settled by the upload beside it: remove {source}.")
    return check_input({**FROM_UPLOAD, **document} if isinstance(document, dict) else document)


def with_default_hosting(document: dict[str, Any], target: Target) -> dict[str, Any]:
    """Return an input with the stack's instance type, as PlanDeployment completes one that names no hosting."""
    if any(name in document for name in (*HOSTING_KINDS, "EndpointConfigName", PRODUCTION)):
        return document
    default = target.outputs.get("DefaultInstanceType")  # a stack of an earlier version has no such output
    return {**document, "InstanceType": default} if default else document


def image_of(document: Mapping[str, Any], region: str) -> str | None:
    """Return the first of the images, None where none is named. Raises an `ImageRefused`."""
    return next(iter(images_of(document, region)), None)


def images_of(document: Mapping[str, Any], region: str) -> list[str]:
    """Return the registry paths that the workflow resolves: one for each container, none where none is named.

    Raises an `ImageRefused`.
    """
    parts = [inner for _, part in parts_of(document) for inner in images_of(part, region)]
    if parts or not ("Framework" in document or "ImageUri" in document):
        return parts
    image = {name: document[name] for name in IMAGE_FIELDS if name in document}
    variant = {name: document[name] for name in HOSTING_FIELDS if name in document}
    plan = cast("Plan", {"EndpointName": document["EndpointName"], "Image": image, "Variant": variant})
    return [resolve_image_of(plan, Settings(stack_name="", region=region))["ImageUri"]]


def check_frameworks(document: Mapping[str, Any]) -> None:
    """Check that each framework has images, which needs no region. Raises `FrameworkUnknown`."""
    for _, part in parts_of(document):
        check_frameworks(part)
    if "Framework" in document and document["Framework"] not in frameworks():
        raise framework_unknown(document["Framework"])


def is_side_file(file: Path) -> bool:
    """Say whether a file has the name of side files."""
    return file.name == SIDE_FILE


def help_for(message: str) -> list[FieldHelp]:
    """Return what the contract says of each field that a message names, in the message's order."""
    fields = deployment_schema()["properties"]
    words = dict.fromkeys(word for word in re.findall(r"\$?\w+", message) if word in fields)
    return [FieldHelp(name, fields[name]["description"], _example(fields[name])) for name in words]


def _example(field: dict[str, Any]) -> Any:
    return next(iter(field.get("examples", [])), None)
