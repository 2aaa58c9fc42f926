"""Upload with a bar that moves; in a pipe, a line."""

from __future__ import annotations

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.theme import Theme

from slipway_cli.output.failures import Interrupted
from slipway_cli.output.terminal import can_move, plain
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.uploads import Archive, is_uploaded, upload

# rich's own are green, red and cyan, as if the speed were a fault.
QUIET = Theme({"progress.download": "none", "progress.data.speed": "none", "progress.remaining": "none"})


def send(target: Target, archive: Archive, screen: Console) -> None:
    """Upload an archive unless it is in the bucket already, and print which. Raises `Interrupted` on Ctrl-C."""
    what = f"{archive.file.name}, {decimal(archive.size)}"
    if is_uploaded(target, archive):
        screen.print(plain(f"Already uploaded: {what}"))
        return
    with screen.use_theme(QUIET), _bar(screen) as bar:
        task = bar.add_task("Uploading", total=archive.size)
        try:
            upload(target, archive, lambda sent: bar.advance(task, sent))
        except KeyboardInterrupt as interrupt:
            raise Interrupted(
                "Interrupted while uploading: nothing was deployed. The same command continues a large upload."
            ) from interrupt
    screen.print(plain(f"Uploaded {what}, to s3://{target.model_bucket}/{archive.key}"))


def _bar(screen: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None, complete_style="cyan", finished_style="cyan"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not can_move(screen),
    )
