"""`slipway image`: which inference images AWS has, and the exact registry path of one."""

from __future__ import annotations

import json

import click

from slipway.images import ResolvedImage, resolve_image
from slipway.images.refusals import framework_unknown
from slipway.images.tables import Image, frameworks, load_table
from slipway_cli.options import json_option
from slipway_cli.output.tables import print_table

COLUMNS = ("VERSION", "BASE FRAMEWORK", "PYTHON", "PROCESSORS", "IMAGE")


@click.command("image", epilog="Example: slipway image xgboost --region eu-west-1 --version 1.7-1")
@click.argument("framework", required=False)
@click.option("--region", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="Region of the endpoint.")
@click.option("--version", help="Framework version (default: the newest).")
@click.option("--instance-type", help="Instance type, such as ml.m5.xlarge.")
@click.option("--py-version", help="Python version, such as py312.")
@click.option("--base-framework-version", help="Base framework version of Hugging Face, such as pytorch2.6.0.")
@click.option("--serverless", is_flag=True, help="The image for serverless hosting.")
@click.option("--list", "listing", is_flag=True, help="List the frameworks, or the images of one.")
@json_option
def command(
    framework: str | None,
    region: str | None,
    version: str | None,
    instance_type: str | None,
    py_version: str | None,
    base_framework_version: str | None,
    serverless: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Print the registry path of AWS's inference image for FRAMEWORK, as the SageMaker SDK names it."""
    if listing:
        _print_list(framework, as_json=as_json)
        return
    if framework is None:
        raise click.UsageError("Pass a FRAMEWORK, or --list.")
    if region is None:
        raise click.UsageError("Pass --region, or set AWS_REGION.")
    image = resolve_image(
        framework,
        region,
        version=version,
        instance_type=instance_type,
        py_version=py_version,
        base_framework_version=base_framework_version,
        serverless=serverless,
    )
    _print_image(image, as_json=as_json)


def _print_image(image: ResolvedImage, *, as_json: bool) -> None:
    """Print the URI alone on standard output; what was chosen, and any caution, goes to standard error."""
    click.echo(json.dumps(image.as_fields(), indent=2) if as_json else image.uri)
    fields = image.as_fields()
    chosen = ", ".join(f"{name} {fields[name]}" for name in image.defaulted)
    if chosen:
        click.echo(f"Chosen: {chosen}", err=True)
    if image.stands_in:
        click.echo(f"Caution: {image.stands_in}", err=True)


def _print_list(framework: str | None, *, as_json: bool) -> None:
    rows = [_fields(image) for image in _images(framework)] if framework else []
    if as_json:
        click.echo(json.dumps(rows if framework else frameworks(), indent=2))
        return
    if framework is None:
        click.echo("\n".join(frameworks()))
    else:
        print_table(COLUMNS, [[value or "-" for value in row.values()] for row in rows])


def _images(framework: str) -> list[Image]:
    table = load_table(framework)
    if table is None:
        raise framework_unknown(framework)
    return list(table.images)


def _fields(image: Image) -> dict[str, str]:
    return {
        "FrameworkVersion": image.version,
        "BaseFrameworkVersion": image.base_framework_version,
        "PyVersion": image.py_version,
        "Processors": image.processors,
        "Image": image.repository_and_tag,
    }
