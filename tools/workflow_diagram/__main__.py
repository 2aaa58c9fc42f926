"""`python -m workflow_diagram README.md docs/architecture.md`: draw the workflow into documents."""

from __future__ import annotations

from pathlib import Path

import click

from workflow_diagram.document import MarkersMissing, with_picture
from workflow_diagram.mermaid import flowchart
from workflow_diagram.workflow import read_workflow

DEFINITION = Path("statemachine/deploy_endpoint.asl.yaml")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("documents", nargs=-1, required=True, type=FILE)
@click.option("--definition", type=FILE, default=DEFINITION, show_default=True, help="The state machine to draw.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a picture is not the definition's.")
def main(documents: tuple[Path, ...], definition: Path, *, check: bool) -> None:
    """Draw the workflow between the workflow markers of DOCUMENTS."""
    picture = flowchart(read_workflow(definition.read_text(encoding="utf-8")))
    changed = {path: new for path in documents if (new := _redrawn(path, picture)) is not None}
    for path, new in changed.items():
        if not check:
            path.write_text(new, encoding="utf-8")
        click.echo(f"{path}: the workflow is {'not drawn as defined' if check else 'drawn'}")
    if check and changed:
        raise click.ClickException("draw it with: make diagram")


def _redrawn(path: Path, picture: str) -> str | None:
    document = path.read_text(encoding="utf-8")
    try:
        new = with_picture(document, picture)
    except MarkersMissing as missing:
        raise click.ClickException(f"{path}: {missing}") from missing
    return new if new != document else None


if __name__ == "__main__":
    main()
