"""`slipway completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

EPILOG = 'Example: eval "$(slipway completion bash)"'
SHELLS = ("bash", "zsh", "fish")


@click.command("completion", epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL.

    To have it in every shell, add the example's line to ~/.bashrc or ~/.zshrc; for fish:
    slipway completion fish > ~/.config/fish/completions/slipway.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "slipway", "_SLIPWAY_COMPLETE").source())
