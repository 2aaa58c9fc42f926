"""`slipway pack`: make the model archive that SageMaker loads, and check it."""

from __future__ import annotations

from pathlib import Path

import click

from slipway_cli.options import json_option
from slipway_cli.output.tables import print_json
from slipway_cli.sdk.packing import pack
from slipway_cli.sdk.uploads import check_archive

EPILOG = "Example: slipway pack model/ --framework sklearn"


@click.command("pack", epilog=EPILOG)
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="model.tar.gz",
    show_default=True,
    help="The archive to write.",
)
@click.option("--framework", default="", help="Also check the layout that this framework needs.")
@click.option("--framework-version", default="", help="Of scikit-learn: also check which version saved the model.")
@json_option
def command(model: Path, output: Path, framework: str, framework_version: str, as_json: bool) -> None:
    """Pack MODEL, a folder or one model file, into a .tar.gz archive.

    The files of a folder are at the top of the archive; inference.py and requirements.txt at the top of the folder
    go to code/, where framework containers read them. Hidden files and __pycache__ are left out. One model file alone
    gets the code of --framework, for scikit-learn, XGBoost and TorchScript files.
    """
    added = pack(model, output, framework)
    archive = check_archive(output, framework, framework_version=framework_version)
    warnings = [*added, *archive.warnings]
    if as_json:
        print_json({"File": str(output), "Size": archive.size, "Warnings": warnings})
        return
    click.echo(f"Wrote {output}: {archive.size:,} bytes")
    for warning in warnings:
        click.echo(f"Caution: {warning}", err=True)
