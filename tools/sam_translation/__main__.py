"""`python -m sam_translation template.yaml plain.json`: for linters that do not know SAM."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sam_translation.translate import translated


@click.command()
@click.argument("template", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
def main(template: Path, output: Path) -> None:
    """Write TEMPLATE, a SAM template, to OUTPUT as plain CloudFormation."""
    plain = translated(template.read_text(encoding="utf-8"))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
