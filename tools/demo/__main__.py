"""`python -m demo [digits|vision]`: exit code 0 only if every claim holds."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

import click

from demo.digits_demo import DigitsDemo
from demo.vision_demo import VisionDemo
from demo.walkthrough import ClaimFailed
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.errors import StackError
from slipway_local.stack.local_stack import Layout, LocalStack

PROJECT = Path(__file__).parents[2]
# A hundred times as fast as AWS: an endpoint that would take 150 s takes 1.5 s.
CLOCK_SCALE = 0.01
DEMOS: dict[str, type[DigitsDemo] | type[VisionDemo]] = {"digits": DigitsDemo, "vision": VisionDemo}


@click.command()
@click.argument("demo", type=click.Choice(sorted(DEMOS)), default="digits")
def main(demo: str) -> None:
    """Start a local stack, run the demo on it, and stop the stack."""
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
                DEMOS[demo](stack, Path(folder), say).run()
    except (ClaimFailed, StackError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    say(f"\nEvery claim held; it took {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
