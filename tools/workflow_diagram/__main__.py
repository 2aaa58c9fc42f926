"""`python -m workflow_diagram README.md docs/architecture.md`: draw the workflow into documents."""

from __future__ import annotations

from pathlib import Path

import click

from workflow_diagram.mermaid import flowchart
from workflow_diagram.workflow import read_workflow
from written_parts import write_part

DEFINITION = Path("statemachine/deploy_endpoint.asl.yaml")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("documents", nargs=-1, required=True, type=FILE)
@click.option("--definition", type=FILE, default=DEFINITION, show_default=True, help="The state machine to draw.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a picture is not the definition's.")
def main(documents: tuple[Path, ...], definition: Path, *, check: bool) -> None:
    """Draw the workflow between the workflow markers of DOCUMENTS."""
    picture = flowchart(read_workflow(definition.read_text(encoding="utf-8")))
    write_part(documents, "workflow", f"```mermaid\n{picture}\n```", check=check)


if __name__ == "__main__":
    main()
