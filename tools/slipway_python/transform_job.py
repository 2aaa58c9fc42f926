"""Transform jobs as objects."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipway_cli.sdk.target import Target
from slipway_cli.sdk.transforms import Transform, Transforms
from slipway_python.deployments import PAUSE, DeploymentFailed, html_table


class TransformFailed(DeploymentFailed):
    """A transform job failed. `error` is its name in docs/errors.md, and `explanation` all that the workflow says."""


class TransformJob:
    """One execution of the workflow of transform jobs, and the job that it started or found."""

    def __init__(self, target: Target, arn: str) -> None:
        self._transforms = Transforms(target)
        self._pause = target.pause(PAUSE)
        self.arn = arn

    def wait(self, progress: Callable[[str], object] | None = print) -> dict[str, Any]:
        """Wait for the end and return the output; `progress` gets a line for each change, with the objects done.

        Raises `TransformFailed`. Ctrl-C stops the wait and not the job.
        """
        shown = ""
        for transform in self._transforms.watch(self.arn, lambda: time.sleep(self._pause)):
            line = transform.progress
            if progress and line != shown:
                progress(f"{transform.execution.seconds():6.1f} s  {line}")
            shown = line
        if transform.execution.explanation:
            raise TransformFailed(transform.execution)
        return dict(transform.execution.output)

    @property
    def name(self) -> str:
        """The name of SageMaker's transform job; empty before there is one."""
        return self._read().job_name

    @property
    def outcome(self) -> str:
        """Running, Transformed, AlreadyTransformed, Failed, TimedOut or Aborted."""
        return self._read().execution.outcome

    @property
    def output(self) -> dict[str, Any]:
        """The output of an execution that succeeded, or the explanation of one that failed; empty while it runs."""
        execution = self._read().execution
        return dict(execution.explanation or execution.output)

    @property
    def cost(self) -> dict[str, Any] | None:
        """The price of the instances, and of a month of an endpoint on them, in US dollars; `Job` when it has ended."""
        return self._read().cost()

    def stop(self) -> list[str]:
        """Stop the execution and its job; return what was stopped. A stopped job stores no output."""
        return self._transforms.stop(self._read())

    def download(self, folder: str | Path) -> list[Path]:
        """Write the outputs into a folder and return the files. Raises `NothingTransformed`."""
        return list(self._transforms.download(self._read(), Path(folder)))

    def _read(self) -> Transform:
        return self._transforms.read(self.arn)

    def __repr__(self) -> str:
        return f"Transform job {self._read().name}: {self.outcome}"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        found = self._read()
        done = f"{found.done} of {found.objects}"
        return html_table({"Job": found.name, "Outcome": found.execution.outcome, "Objects done": done})
