"""`slipway validate`: check an input or a side file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from slipway.errors import SlipwayError
from slipway_cli.options import json_option
from slipway_cli.sdk.contract import check_input, check_side_file, help_for, images_of, is_side_file, read_document

EPILOG = "Example: slipway validate deployment.json --region us-east-1"


@click.command("validate", epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--side-file/--input",
    "side_file",
    default=None,
    help="What FILE is (default: by its name; deployment.json is a side file).",
)
@click.option("--region", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="Also resolve the image, in this region.")
@json_option
@click.pass_context
def command(ctx: click.Context, file: Path, side_file: bool | None, region: str | None, as_json: bool) -> None:
    """Check FILE, an execution's input or a deployment.json, without a call to AWS.

    An error comes with the meaning of the field and an example. Limits that the stack's owner has set, such as
    AllowedInstanceTypes, are checked at deployment.
    """
    try:
        document, images = _checked(file, side_file, region)
    except SlipwayError as error:
        if not as_json:
            _print_help(error)
            raise
        click.echo(json.dumps(_refusal(error), indent=2))
        ctx.exit(1)
    if as_json:
        click.echo(json.dumps({"Valid": True, "Deployment": document, "ImageUri": next(iter(images), None)}, indent=2))
        return
    click.echo(f"{file} is valid. Limits set by the stack's owner are checked at deployment.")
    if images:
        click.echo(f"Its image{' is' if len(images) == 1 else 's are'} {' and '.join(images)}")


def _checked(file: Path, side_file: bool | None, region: str | None) -> tuple[dict[str, Any], list[str]]:
    document = read_document(file)
    if side_file is None:
        side_file = is_side_file(file) and not (isinstance(document, dict) and "ModelDataUrl" in document)
    checked = check_side_file(document) if side_file else check_input(document)
    return checked, images_of(checked, region) if region else []


def _print_help(error: SlipwayError) -> None:
    for field in help_for(str(error)):
        example = "" if field.example is None else f" Example: {json.dumps(field.example)}"
        click.echo(f"{field.name}: {field.meaning}.{example}", err=True)


def _refusal(error: SlipwayError) -> dict[str, Any]:
    fields = [{"Field": one.name, "Meaning": one.meaning, "Example": one.example} for one in help_for(str(error))]
    return {"Valid": False, "Error": type(error).__name__, "Message": str(error), "Fields": fields}
