"""What the container reads from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Where the parent listens for the port, as a file descriptor that the child inherits. Ours, not SageMaker's.
PORT_PIPE = "SLIPWAY_PORT_PIPE"
WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"
# A variable of the model's Environment: what answers in place of an image that the local stack cannot serve. Ours.
STAND_IN, ECHO = "SLIPWAY_STAND_IN", "echo"


@dataclass(frozen=True)
class Settings:
    """Names and defaults of sagemaker-inference-toolkit's `environment.py` and `parameters.py`.

    `workers` is SAGEMAKER_MODEL_SERVER_WORKERS. Without it the images start one for each processor; here one process
    with four threads stands for them.
    """

    model_dir: Path
    submit_directory: Path
    program: str
    default_accept: str
    port_pipe: int
    workers: int | None = None
    stand_in: str = ECHO

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables. Raises `KeyError` naming the one that is missing, `ValueError` for no number."""
        model_dir = Path(environment["SM_MODEL_DIR"])
        submit = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", str(model_dir / "code"))
        return cls(
            model_dir=model_dir,
            submit_directory=Path(submit.removeprefix("file://")),
            program=environment.get("SAGEMAKER_PROGRAM", "inference.py"),
            default_accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json"),
            port_pipe=int(environment[PORT_PIPE]),
            workers=_workers(environment.get(WORKERS)),
            stand_in=environment.get(STAND_IN, ECHO),
        )

    @property
    def module(self) -> str:
        """The user module's name, as the toolkit derives it from SAGEMAKER_PROGRAM."""
        return self.program.removesuffix(".py")


def _workers(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isdecimal() or int(value) == 0:
        raise ValueError(f'{WORKERS} must be a number of 1 or more; it is "{value}".')
    return int(value)
