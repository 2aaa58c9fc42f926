"""The official SAM CLI, pointed at the engine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slipway_local.engine.settings import ACCOUNT_ID
from slipway_local.stack.errors import SamFailed
from slipway_local.stack.packed_template import packed_template

# What the template is deployed with locally, over its defaults: the seed's example is in a bucket of its own, and
# idle cleanup may delete, because nothing here costs money; the HTTP API and batch uploads are there to be tried.
PARAMETERS = {
    "SecondModelBucket": "amzn-models",
    "IdleCleanup": "Enabled",
    "IdleSchedule": '"rate(5 minutes)"',
    "HttpApi": "Enabled",
    "BatchUploads": "Enabled",
    "ModelPackageTrigger": "Enabled",
    "TrainingJobTrigger": "Enabled",
    "VpcModels": "Enabled",
    "AllowedRegistries": "aws,own,registry.example.com",
    "AllowedKmsKeys": f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
SHOWN_LINES = 15
SOURCES = ("template.yaml", "samconfig.toml", "functions", "statemachine")  # the template has files of no other folder


class Sam:
    """`sam build` and `sam deploy` of the project, with the flags of samconfig.toml's `local`."""

    def __init__(self, project: Path, work_folder: Path, environment: Mapping[str, str]) -> None:
        self._project = project
        self._build = (work_folder / "build").resolve()
        self._cache = work_folder / "sam-cache"
        self._log_file = work_folder / "sam.log"
        # Step by step the CLI asks how far the deployment is; the engine is done before it has asked twice.
        quick = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
        self._environment = {**os.environ, **environment, **quick}

    def build(self) -> None:
        """Build the functions as for AWS, unless what they are built from is as it was. Raises `SamFailed`."""
        built_from = self._build / "built-from"
        with self._alone():
            sources = self._digest_of_sources()
            if built_from.exists() and built_from.read_text(encoding="utf-8") == sources:
                return
            self._run("build", "--build-dir", str(self._build), "--cache-dir", str(self._cache))
            packed_template(self._build / "template.yaml")
            built_from.write_text(sources, encoding="utf-8")

    def _digest_of_sources(self) -> str:
        digest = hashlib.sha256()
        for source in SOURCES:
            for file in sorted([self._project / source, *(self._project / source).rglob("*")]):
                if file.is_file() and file.suffix != ".pyc":
                    digest.update(f"{file.relative_to(self._project)}\n{file.stat().st_size}\n".encode())
                    digest.update(file.read_bytes())
        return digest.hexdigest()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Wherever it builds to, the CLI gathers dependencies in the project's .aws-sam/deps, and clears it.
        shared = self._project / ".aws-sam"
        shared.mkdir(exist_ok=True)
        with (shared / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def deploy(self, artifact_bucket: str) -> None:
        """Deploy what was built. Raises `SamFailed`."""
        overrides = [f"{name}={value}" for name, value in PARAMETERS.items()]
        template = ["--template-file", str(self._build / "template.json")]
        bucket = ["--no-resolve-s3", "--s3-bucket", artifact_bucket, "--no-progressbar"]
        self._run("deploy", *template, *bucket, "--parameter-overrides", *overrides)

    def _run(self, command: str, *options: str) -> None:
        sam = shutil.which("sam", path=self._environment.get("PATH"))
        if sam is None:
            raise SamFailed("There is no sam on the PATH: run this through make, or install aws-sam-cli.")
        config = ["--config-file", str(self._project / "samconfig.toml"), "--config-env", "local"]
        call = [sam, command, *config, *options]
        # The CLI leaves an empty temporary folder for each function of a deployment.
        with tempfile.TemporaryDirectory(prefix="slipway-sam-") as folder:
            environment = {**self._environment, "TMPDIR": folder}
            done = subprocess.run(call, cwd=self._project, env=environment, capture_output=True, text=True, check=False)
        with self._log_file.open("a", encoding="utf-8") as log:
            log.write(f"$ sam {command}\n{done.stdout}{done.stderr}\n")
        if done.returncode != 0:
            raise SamFailed(
                f"sam {command} failed ({self._log_file} has all of it):\n{_cause(done.stdout + done.stderr)}"
            )


def _cause(output: str) -> str:
    # What failed stands in the table of events, far above the end, with its reason in the lines after it.
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    failed = [number for number, line in enumerate(lines) if "CREATE_FAILED" in line or "UPDATE_FAILED" in line]
    shown = lines[failed[0] :][:SHOWN_LINES] if failed else lines[-SHOWN_LINES:]
    return "\n".join(shown)
