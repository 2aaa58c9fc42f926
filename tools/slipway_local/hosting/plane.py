"""`Hosting`: from a container's description to a process that answers its ping."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from pathlib import Path

from slipway_local.hosting.archive import ArchiveError, unpack, volume_bytes
from slipway_local.hosting.download import Deadline, DownloadTimedOut, download
from slipway_local.hosting.environment import ADDITIONAL, container_environment, translated, with_packages
from slipway_local.hosting.environments import EnvironmentNotMade, Environments
from slipway_local.hosting.failures import (
    name_refused,
    no_room,
    not_downloaded,
    not_extracted,
    not_healthy,
    not_in_time,
)
from slipway_local.hosting.hosted import STOP_GRACE, HostedProcess, remove
from slipway_local.hosting.instance_memory import memory_mib
from slipway_local.hosting.memory import DEFAULT_MIB, memory_limit
from slipway_local.hosting.process import ContainerProcess, NotListeningError
from slipway_local.hosting.requirements import install_requirements
from slipway_local.hosting.runtimes import Runtime, choose_runtime, other_version, submit_directory_of
from slipway_local.hosting.supervised import SupervisedContainer
from slipway_local.hosting.uncompressed import NameRefused, NoRoom, download_prefix
from slipway_local.ports import ContainerSpec, Logs, ModelData, ObjectDenied, ObjectMissing, ObjectStore

LOGGER = logging.getLogger(__name__)
# However fast the clock runs, downloading and loading a model take real seconds.
MIN_WAIT = 60.0


@dataclass(frozen=True)
class ProcessHosting:
    """Serves every container as a child process on 127.0.0.1.

    `scale` is real seconds per second of SageMaker's (see `ScaledClock`); it shortens the timeouts of download
    and health check, but never below `min_wait` real seconds. Containers work in folders of their own under
    `folder`, each with the memory that its model's Environment names (see `memory`), or its serverless variant's, or
    its instance's, or `memory_mib` where that is not known. `python` is the interpreter of those whose packages are the
    project's; the others have one of `environments`.
    """

    store: ObjectStore
    logs: Logs
    folder: Path
    _: KW_ONLY
    scale: Callable[[], float] = lambda: 1.0
    min_wait: float = MIN_WAIT
    memory_mib: int = DEFAULT_MIB
    python: str = sys.executable
    environments: Environments = field(default_factory=Environments)

    def start(self, spec: ContainerSpec) -> SupervisedContainer:
        """Download, unpack, start and ping; blocks until healthy. Raises `HostingFailed`."""
        folder, launch, stand_in = self.prepare(spec)
        try:
            return SupervisedContainer(lambda: self._healthy(spec, launch()), folder, stand_in)
        except BaseException:
            remove(folder)
            raise

    def prepare(self, spec: ContainerSpec) -> tuple[Path, Callable[[], ContainerProcess], str | None]:
        """Return a container's folder with what it serves, what starts its process, and what stands in for its image.

        Raises `HostingFailed`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = "-".join(filter(None, [spec.endpoint_name, spec.variant_name, spec.hostname, ""]))
        folder = Path(tempfile.mkdtemp(prefix=name, dir=self.folder)).resolve()
        try:
            self._fetch(spec, folder)
            return folder, *self._launcher(spec, folder)
        except BaseException:
            remove(folder)
            raise

    def _launcher(self, spec: ContainerSpec, folder: Path) -> tuple[Callable[[], ContainerProcess], str | None]:
        log = self._log_of(spec)
        runtime, python = self._installed(choose_runtime(spec, folder / "model", self.environments), log)
        for warning in runtime.warnings:
            log([f"WARNING {warning}"])
        code = submit_directory_of(runtime.family, translated(spec.environment, folder), folder)
        packages = install_requirements(code, python, folder / "packages", log)
        environment = container_environment(with_packages(spec.environment, packages), folder, python)
        default = spec.memory_size_in_mb or memory_mib(spec.instance_type) or self.memory_mib
        memory = memory_limit(spec.environment, default)
        command = (python, "-m", "slipway_local.containers", runtime.family)
        return partial(ContainerProcess, command, environment, folder, log, memory), runtime.stand_in

    def _installed(self, runtime: Runtime, log: Callable[[list[str]], None]) -> tuple[Runtime, str]:
        """Return a runtime whose environment is there, with its interpreter."""
        if runtime.environment is None:
            return runtime, self.python
        try:
            return runtime, self.environments.python(runtime.environment, log)
        except EnvironmentNotMade as failure:
            if runtime.instead is None:
                raise
            log([str(failure)])
            warning = other_version(runtime.environment, self.environments.describe(runtime.instead).brings)
            other = replace(runtime, environment=runtime.instead, instead=None, warnings=(warning,))
            return self._installed(other, log)

    def _fetch(self, spec: ContainerSpec, folder: Path) -> None:
        for name in ("model", "home", "tmp"):
            (folder / name).mkdir()
        deadline = Deadline(self._real(spec.model_data_download_timeout))
        if spec.model_data is not None:
            self._load(spec, spec.model_data, folder / "model", deadline)
        for channel, data in spec.additional_data.items():
            if not channel.strip("."):
                raise name_refused(spec, channel)
            self._load(spec, data, folder / ADDITIONAL / channel, deadline)
        code = spec.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if code.startswith("s3://"):
            # The SageMaker SDK keeps the script apart from the archive where it does not repack it.
            self._unpack(spec, ModelData(code), folder / "code", deadline)

    def _load(self, spec: ContainerSpec, data: ModelData, target: Path, deadline: Deadline) -> None:
        target.mkdir(parents=True, exist_ok=True)
        load = self._download_prefix if data.s3_uri.endswith("/") else self._unpack
        load(spec, data, target, deadline)

    def _download_prefix(self, spec: ContainerSpec, data: ModelData, target: Path, deadline: Deadline) -> None:
        volume = volume_bytes(spec.volume_size_in_gb, is_serverless=False)
        try:
            download_prefix(self.store.acting_as(spec.role_arn), data.s3_uri, target, deadline, volume)
        except DownloadTimedOut as error:
            raise not_in_time(spec, data.s3_uri) from error
        except (ObjectMissing, ObjectDenied) as error:
            raise not_downloaded(spec, data.s3_uri) from error
        except NameRefused as error:
            raise name_refused(spec, f"{data.s3_uri}{error}") from error
        except NoRoom as error:
            raise no_room(spec, data.s3_uri) from error

    def _unpack(self, spec: ContainerSpec, data: ModelData, target: Path, deadline: Deadline) -> None:
        archive = target.with_suffix(".tar.gz")
        try:
            download(self.store.acting_as(spec.role_arn), data, archive, deadline)
            volume = volume_bytes(spec.volume_size_in_gb, is_serverless=spec.memory_size_in_mb is not None)
            unpack(archive, target, deadline.left, volume)
        except DownloadTimedOut as error:
            raise not_in_time(spec, data.s3_uri) from error
        except (ObjectMissing, ObjectDenied) as error:
            raise not_downloaded(spec, data.s3_uri) from error
        except ArchiveError as error:
            raise not_extracted(spec, data.s3_uri) from error
        archive.unlink()

    def _real(self, seconds: float) -> float:
        return max(seconds * self.scale(), self.min_wait)

    def _log_of(self, spec: ContainerSpec) -> Callable[[list[str]], None]:
        group, stream = log_of(spec)
        logs = self.logs.acting_as(spec.role_arn)

        def write(lines: list[str]) -> None:
            try:
                logs.write(group, stream, lines)
            except Exception:  # a container whose role may not write its log serves all the same
                LOGGER.exception("%d log lines were lost", len(lines))

        return write

    def _healthy(self, spec: ContainerSpec, process: ContainerProcess) -> HostedProcess:
        deadline = time.monotonic() + self._real(spec.startup_health_check_timeout)
        healthy = False
        try:
            hosted = HostedProcess(process, process.port(deadline))
            healthy = hosted.wait_until_healthy(deadline)
        except NotListeningError as error:
            raise not_healthy(spec) from error
        finally:
            if not healthy:
                # Also writes the rest of its log, so that the reason is there as soon as the failure is.
                process.stop(STOP_GRACE)
        if not healthy:
            raise not_healthy(spec)
        return hosted


def log_of(spec: ContainerSpec) -> tuple[str, str]:
    """Return a container's log group and stream (DG "CloudWatch Logs for Amazon SageMaker AI").

    Several containers have a stream each.
    """
    if spec.transform_job is not None:
        return "/aws/sagemaker/TransformJobs", f"{spec.transform_job}/{spec.instance_id}"
    stream = "/".join(filter(None, [spec.variant_name, spec.instance_id, spec.hostname]))
    if spec.inference_component is not None:
        # grafana/yet-another-cloudwatch-exporter has this group.
        return f"/aws/sagemaker/InferenceComponents/{spec.inference_component}", stream
    return f"/aws/sagemaker/Endpoints/{spec.endpoint_name}", stream
