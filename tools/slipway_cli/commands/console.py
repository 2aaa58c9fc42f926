"""`slipway console`: serve the web page until Ctrl-C."""

from __future__ import annotations

import webbrowser
from functools import partial

import click

from slipway_cli.extras import console_extra
from slipway_cli.options import target_options
from slipway_cli.sdk.target import TargetChoice, find_target

PORT = 8642


@click.command("console", epilog="Example: slipway console --local")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port of 127.0.0.1; 0 for any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page, only print its address.")
@target_options
def command(port: int, *, no_browser: bool, choice: TargetChoice) -> None:
    """Show endpoints and deployments in the browser, and invoke models there.

    The page is served on 127.0.0.1 only, at the address that is printed, until Ctrl-C. It needs the extra `console`:
    `pip install 'slipway[console]'`.
    """
    with console_extra("slipway console"):
        from slipway_console.auth import Auth  # noqa: PLC0415 - other commands need no server
        from slipway_console.connection import Connection  # noqa: PLC0415
        from slipway_console.console import console  # noqa: PLC0415
        from slipway_console.server import listen, serve  # noqa: PLC0415

    listener = listen(port)
    find_target(choice)  # what is missing is said here, and not in the browser
    auth = Auth(listener.getsockname()[1])
    server = serve(console(auth, Connection(partial(find_target, choice))), listener, auth.is_authenticated)
    click.echo(f"{auth.address}\nCtrl-C stops it.")
    if not no_browser:
        webbrowser.open(auth.address)
    try:
        server.run()
    finally:
        server.close()
    click.echo("\nstopped")
