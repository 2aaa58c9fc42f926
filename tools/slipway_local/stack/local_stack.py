"""The whole local stack, up and down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from slipway_local.engine.settings import ACCOUNT_ID, EngineSettings
from slipway_local.stack.description import StackDescription, describe
from slipway_local.stack.engine_process import EngineProcess
from slipway_local.stack.sam import PARAMETERS, Sam

STACK_NAME = "slipway"
ARTIFACT_BUCKET = "slipway-local-artifacts"  # what sam deploy uploads the functions to

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Layout:
    """Where the project is, and where the stack keeps its files: build, logs, stack.json."""

    project: Path
    work_folder: Path

    @property
    def stack_file(self) -> Path:
        """Return where the running stack is described."""
        return self.work_folder / "stack.json"


class LocalStack:
    """A context: up when entered, everything ended when left."""

    def __init__(self, layout: Layout, settings: EngineSettings, progress: Progress = lambda _: None) -> None:
        self._layout = layout
        self._settings = settings
        self._progress = progress
        self.engine = EngineProcess(settings, layout.work_folder / "engine.log", progress)
        self._description: StackDescription | None = None

    @property
    def description(self) -> StackDescription:
        """Return the running stack's description."""
        assert self._description is not None, "the stack is not up"
        return self._description

    @property
    def endpoint_url(self) -> str:
        """Return the engine's address."""
        return self._settings.endpoint_url

    def __enter__(self) -> Self:
        """Bring the stack up. Raises a `StackError`; nothing runs then."""
        try:
            self._up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.down()

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of the stack."""
        return boto3.client(
            service,
            endpoint_url=self._settings.endpoint_url,
            region_name=self._settings.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the account's root, as the engine knows it
            **options,
        )

    def down(self) -> None:
        """End everything; safe to call twice."""
        self._layout.stack_file.unlink(missing_ok=True)
        self.engine.stop()

    def _up(self) -> None:
        self._layout.stack_file.unlink(missing_ok=True)  # of a stack that was killed
        self._progress(f"starting the engine on {self._settings.endpoint_url}")
        self.engine.start()
        sam = Sam(self._layout.project, self._layout.work_folder, self._environment())
        self._progress("sam build")
        sam.build()
        self._progress("sam deploy")
        for bucket in (ARTIFACT_BUCKET, PARAMETERS["SecondModelBucket"]):
            self.client("s3").create_bucket(Bucket=bucket)
        sam.deploy(ARTIFACT_BUCKET)
        cloudformation = self.client("cloudformation")
        self._description = describe(
            cloudformation, STACK_NAME, self._settings.endpoint_url, self._settings.region, ACCOUNT_ID
        )
        self._description.write(self._layout.stack_file)

    def _environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self._settings.endpoint_url,
            "AWS_DEFAULT_REGION": self._settings.region,
            "AWS_REGION": self._settings.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
