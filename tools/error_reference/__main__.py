"""`python -m error_reference docs/errors.md` writes the list; with `--check` it exits 1 when the list is stale."""

from __future__ import annotations

from pathlib import Path

import click

from error_reference.reference import reference
from written_parts import write_part


@click.command()
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the list is stale.")
def main(document: Path, *, check: bool) -> None:
    """Write the list of errors between the markers of DOCUMENT."""
    write_part([document], "errors", reference(), check=check)


if __name__ == "__main__":
    main()
