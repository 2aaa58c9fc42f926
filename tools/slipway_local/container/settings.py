"""What the container reads from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Where the parent listens for the port, as a file descriptor that the child inherits. Ours, not SageMaker's.
PORT_PIPE = "SLIPWAY_PORT_PIPE"


@dataclass(frozen=True)
class Settings:
    """Names and defaults of sagemaker-inference-toolkit's `environment.py` and `parameters.py`."""

    model_dir: Path
    submit_directory: Path
    program: str
    default_accept: str
    port_pipe: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables. Raises `KeyError` naming the one that is missing."""
        model_dir = Path(environment["SM_MODEL_DIR"])
        submit = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", str(model_dir / "code"))
        return cls(
            model_dir=model_dir,
            submit_directory=Path(submit.removeprefix("file://")),
            program=environment.get("SAGEMAKER_PROGRAM", "inference.py"),
            default_accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json"),
            port_pipe=int(environment[PORT_PIPE]),
        )

    @property
    def module(self) -> str:
        """The user module's name, as the toolkit derives it from SAGEMAKER_PROGRAM."""
        return self.program.removesuffix(".py")
