"""`python -m policy_documents plain.json FOLDER`: write each policy of a translated template into a file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from policy_documents.documents import documents


@click.command()
@click.argument("template", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(template: Path, folder: Path) -> None:
    """Write the policies of TEMPLATE into FOLDER, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, document in documents(json.loads(template.read_text(encoding="utf-8"))):
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
