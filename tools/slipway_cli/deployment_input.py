"""The flags of a deployment's common fields, and the input that they make with a file of all the others."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from slipway.errors import InputNotAnObject
from slipway.planning.contract.json_text import parse_json
from slipway_cli.sdk.contract import read_document

Command = Callable[..., Any]
STDIN = "-"
# Flag → field of the contract.
FIELDS = {
    "name": "EndpointName",
    "framework": "Framework",
    "framework_version": "FrameworkVersion",
    "py_version": "PyVersion",
    "image_uri": "ImageUri",
    "instance_type": "InstanceType",
    "instance_count": "InitialInstanceCount",
    "deadline": "DeadlineMinutes",
    "message": "Message",
    "idle_after": "IdleAfterMinutes",
    "protected": "Protected",
}


def deployment_options(command: Command) -> Command:
    """Add the flags; the command gets them by name, and `document_of` makes the input of them."""
    return _with(_OPTIONS, command)


def image_options(command: Command) -> Command:
    """Add the flags that choose an image; the command gets them by name."""
    return _with(_IMAGE_OPTIONS, command)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def document_of(model: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the execution input: the file's fields, and the flags', which win. It has not been checked.

    Raises `InputNotAnObject`.
    """
    document = _document(fields["input_file"])
    document |= {field: fields[flag] for flag, field in FIELDS.items() if fields.get(flag) is not None}
    if model is not None and model.startswith("s3://"):
        document["ModelDataUrl"] = model
    if fields.get("smoke_test"):
        document["SmokeTest"] = read_document(Path(fields["smoke_test"]))
    if fields["env"]:
        document["Environment"] = {**document.get("Environment", {}), **dict(fields["env"])}
    if fields["tag"]:
        document["Tags"] = [*document.get("Tags", []), *({"Key": key, "Value": value} for key, value in fields["tag"])]
    return document


def _document(file: str | None) -> dict[str, Any]:
    if file is None:
        return {}
    document = _read_stdin() if file == STDIN else read_document(Path(file))
    if not isinstance(document, dict):
        raise InputNotAnObject(f'{file} is not a JSON object: write for example {{"EndpointName": "my-endpoint"}}.')
    return document


def _read_stdin() -> object:
    try:
        return parse_json(sys.stdin.read())
    except ValueError as broken:
        raise InputNotAnObject(f"Standard input is not JSON: {broken}.") from None


def pair(text: str) -> tuple[str, str]:
    """Return the key and the value of `KEY=VALUE`; the value may hold further equals signs."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise click.BadParameter(f"{text!r} is not KEY=VALUE.")
    return key, value


_IMAGE_OPTIONS = (
    click.option("--framework", help="Framework of the image, such as sklearn; `slipway image --list` shows them."),
    click.option("--framework-version", help="Framework version (default: the newest)."),
    click.option("--py-version", help="Python version of the image, such as py312."),
    click.option("--image-uri", help="Registry path of your own image, instead of a framework."),
)
_OPTIONS = (
    click.option("--name", "--endpoint-name", "name", help="Name of the endpoint (EndpointName)."),
    image_options,
    click.option("--instance-type", help="Instance type, such as ml.m5.large (default: the stack's)."),
    click.option("--instance-count", type=int, help="Number of instances (default: 1)."),
    click.option(
        "--env",
        type=pair,
        metavar="KEY=VALUE",
        multiple=True,
        help="Environment variable of the container; can be repeated.",
    ),
    click.option(
        "--tag",
        type=pair,
        metavar="KEY=VALUE",
        multiple=True,
        help="Tag of everything that is created; can be repeated.",
    ),
    click.option(
        "--smoke-test",
        type=click.Path(exists=True, dir_okay=False),
        help="JSON file with the SmokeTest, as slipway invoke --record writes it.",
    ),
    click.option("-m", "--message", help="What is new in this version, which its history shows."),
    click.option(
        "--idle-after", type=int, help="Minutes without use that make the endpoint idle (default: the stack's)."
    ),
    click.option("--protected/--not-protected", default=None, help="Whether idle cleanup leaves the endpoint alone."),
    click.option("--deadline", type=int, help="Minutes that the deployment may take (default: the stack's)."),
    click.option(
        "--input",
        "input_file",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True),
        help="JSON file with fields of the input; - is standard input.",
    ),
)
