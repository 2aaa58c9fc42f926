"""`python -m command_reference docs/commands.md` writes the list; with `--check` it exits 1 when the list is stale."""

from __future__ import annotations

from pathlib import Path

import click

from command_reference.reference import reference

BEGIN, END = "<!-- commands:begin -->", "<!-- commands:end -->"


@click.command()
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the list is stale.")
def main(document: Path, *, check: bool) -> None:
    """Write the list of commands between the markers of DOCUMENT."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    new = f"{before}{BEGIN}\n{reference()}\n{END}{after}"
    if check and new != text:
        raise click.ClickException(f"{document} is stale: write it again with make commands")
    document.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
