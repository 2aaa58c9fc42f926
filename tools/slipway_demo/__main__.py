"""`python -m slipway_demo [digits|vision]`: exit code 0 only if everything that it shows has happened."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

import click

from slipway_demo.story import Story
from slipway_demo.telling import ClaimFailed
from slipway_demo.vision import VisionStory
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.errors import StackError
from slipway_local.stack.local_stack import Layout, LocalStack

PROJECT = Path(__file__).parents[2]
# A hundred times as fast as AWS: an endpoint that would take two and a half minutes takes a second and a half.
CLOCK_SCALE = 0.01
STORIES: dict[str, type[Story] | type[VisionStory]] = {"digits": Story, "vision": VisionStory}


@click.command()
@click.argument("story", type=click.Choice(sorted(STORIES)), default="digits")
def main(story: str) -> None:
    """Bring a stack of its own up, tell the story, and take it down."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(text)

    try:
        with tempfile.TemporaryDirectory(prefix="slipway-demo-") as folder:
            settings = EngineSettings(port=free_port(), clock_scale=CLOCK_SCALE)
            layout = Layout(PROJECT, PROJECT / ".local" / "demo")
            say("== The stack")
            with LocalStack(
                layout, settings, lambda step: say(f"{time.monotonic() - started:6.1f} s  {step}")
            ) as stack:
                STORIES[story](stack, Path(folder), say).tell()
    except (ClaimFailed, StackError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    say(f"\nAll of it happened, in {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
