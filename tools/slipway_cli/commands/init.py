"""`slipway init`: write a deployment.json, from flags or from answers to questions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from slipway.images.refusals import framework_unknown
from slipway.images.tables import load_table
from slipway.planning.contract.schema import SCHEMA_FILE
from slipway_cli.deployment_input import image_options
from slipway_cli.options import json_option
from slipway_cli.questions import ask
from slipway_cli.sdk.contract import check_input, check_side_file
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.inference_code import LOADERS, inference_code

EPILOG = "Example: slipway init --framework xgboost --framework-version 1.7-1"
SCHEMA_NAME = "deployment.schema.json"
CODE = Path("code") / "inference.py"


class FileExists(ClientError):
    """The file exists already."""


@click.command("init", epilog=EPILOG)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="deployment.json")
@click.option("--endpoint-name", help="Name of the endpoint (EndpointName); not needed for uploads.")
@click.option("--model-data-url", help="S3 URI of the model archive (ModelDataUrl); not needed for uploads.")
@image_options
@click.option("--instance-type", help="Instance type, such as ml.m5.large.")
@click.option("--instance-count", type=int, help="Number of instances.")
@click.option("--code", is_flag=True, help="Also write a commented code/inference.py for the framework.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--schema/--no-schema", default=True, show_default=True, help=f"Also write {SCHEMA_NAME}, for editors.")
@json_option
def command(file: Path, code: bool, force: bool, schema: bool, as_json: bool, **flags: Any) -> None:
    """Write FILE (default: deployment.json), an execution's input or the side file of uploads.

    Without flags it asks questions. With a model archive the file is an input for slipway deploy, without one a side
    file.
    """
    given = {_field(name): value for name, value in flags.items() if value is not None}
    if not given and not sys.stdin.isatty():
        raise click.UsageError(
            "Pass --framework or --image-uri. Without flags, init asks questions, which needs a terminal."
        )
    for written in (file, *([file.parent / CODE] if code else ())):
        if written.exists() and not force:
            raise FileExists(f"{written} exists: add --force to overwrite it, or pass another file.")
    document = given or ask()
    check_input(document) if _is_input(document) else check_side_file(document)
    _check_framework(document)
    text = _code_for(document) if code else ""
    _write(file, document, schema=schema)
    if text:
        (file.parent / CODE).parent.mkdir(exist_ok=True)
        (file.parent / CODE).write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"File": str(file), "Deployment": document}, indent=2))
    else:
        written = [str(file), *([SCHEMA_NAME] if schema else []), *([str(CODE)] if code else [])]
        click.echo(f"Wrote {', '.join(written)}.\n{_next_step(file, document)}")


def _field(flag: str) -> str:
    """Return `FrameworkVersion` for `framework_version`."""
    return "InitialInstanceCount" if flag == "instance_count" else "".join(part.title() for part in flag.split("_"))


def _is_input(document: dict[str, Any]) -> bool:
    return "ModelDataUrl" in document


def _check_framework(document: dict[str, Any]) -> None:
    framework = document.get("Framework")
    if framework is not None and load_table(framework) is None:
        raise framework_unknown(framework)


def _write(file: Path, document: dict[str, Any], *, schema: bool) -> None:
    reference = {"$schema": f"./{SCHEMA_NAME}"} if schema else {}
    file.write_text(json.dumps({**reference, **document}, indent=2) + "\n", encoding="utf-8")
    if schema:
        file.with_name(SCHEMA_NAME).write_bytes(SCHEMA_FILE.read_bytes())


def _code_for(document: dict[str, Any]) -> str:
    text = inference_code(document.get("Framework", ""))
    if text is None:
        raise click.UsageError(f"--code has templates for {', '.join(LOADERS)}: pass one of them as --framework.")
    return text


def _next_step(file: Path, document: dict[str, Any]) -> str:
    if _is_input(document):
        return f"Deploy it with: slipway deploy --input {file}"
    name = document.get("EndpointName", "<EndpointName>")
    return f"Upload it before the archive: aws s3 cp {file} s3://<ModelBucket>/models/{name}/deployment.json"
