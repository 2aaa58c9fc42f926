"""From a fitted scikit-learn model to the first answer of a local endpoint: lines of code and seconds.

    python bench/first_answer.py [MLFLOW_PYTHON] [SAGEMAKER_SDK_PYTHON]

The two arguments are Pythons of environments with mlflow, and with version 3 of the SageMaker SDK. Each program is run
in a process of its own, from its start to the answer, imports and training included; each line of it counts but the
training, which is the same for all. The installation of Slipway is measured in a new environment with warm caches.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TRAINING = """
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
rows, classes = load_wine(return_X_y=True)
model = RandomForestClassifier(n_estimators=20, random_state=0).fit(rows, classes)
"""
SLIPWAY = """
import joblib
import slipway
joblib.dump(model, "wine.joblib")
endpoint = slipway.deploy("wine.joblib", name="wine", framework="sklearn", local=True)
print(endpoint.predict(rows[:3]))
"""
# docs.mlflow.org, "Deploy MLflow Model as a Local Inference Server": log_model, then `mlflow models serve`.
MLFLOW = """
import subprocess, sys, time
import mlflow, requests
mlflow.sklearn.save_model(model, "wine", serialization_format="cloudpickle")
command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "wine", "-p", "PORT", "--env-manager", "local"]
server = subprocess.Popen(command)
while True:
    try:
        answer = requests.post("http://127.0.0.1:PORT/invocations", json={"inputs": rows[:3].tolist()})
        break
    except requests.ConnectionError:
        time.sleep(0.1)
print(answer.json()["predictions"])
server.terminate()
"""
# SageMaker SDK v3, "ModelBuilder": LOCAL_CONTAINER pulls the image and runs it with Docker.
SAGEMAKER = """
from sagemaker.serve.builder.schema_builder import SchemaBuilder
from sagemaker.serve.mode.function_pointers import Mode
from sagemaker.serve.model_builder import ModelBuilder
builder = ModelBuilder(
    model=model, schema_builder=SchemaBuilder(rows[:3], classes[:3]), mode=Mode.LOCAL_CONTAINER, role_arn=ROLE
)
builder.build()
endpoint = builder.deploy_local(endpoint_name="wine")
print(endpoint.invoke(body=rows[:3]).body)
"""


def lines_of(program: str) -> int:
    """Return how many lines of a program are not empty."""
    return sum(bool(line.strip()) for line in program.splitlines())


def seconds_of(command: Sequence[str | Path], folder: Path) -> float:
    """Return how long a command takes. Raises `CalledProcessError`."""
    begun = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    return time.monotonic() - begun


def run(python: str | Path, program: str, folder: Path) -> str:
    """Return how long a program takes from its start to its answer, or why it does not come to one."""
    file = folder / "program.py"
    file.write_text(textwrap.dedent(TRAINING + program), encoding="utf-8")
    try:
        return f"{seconds_of([python, file], folder):.1f} s"
    except subprocess.CalledProcessError as failed:
        return f"no answer: {failed.stderr.strip().splitlines()[-1][:160]}"


def installation(folder: Path) -> float:
    """Return how long `pip install .` takes in a new environment."""
    source = shutil.copytree(
        PROJECT, folder / "source", ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
    )
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    return seconds_of([folder / "venv" / "bin" / "pip", "install", "--quiet", str(source)], folder)


def main() -> None:
    """Print a table."""
    from slipway_local.stack.engine_process import free_port  # noqa: PLC0415 - not needed to read the programs

    pythons = [*sys.argv[1:], "", ""]
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        folder = Path(name)
        print(f"pip install .                    {installation(folder):.1f} s")
        slipway: list[str | Path] = [Path(sys.executable).with_name("slipway"), "local"]
        stack = ("--work-folder", folder / ".local")
        port = str(free_port())
        print(f"slipway local up                 {seconds_of([*slipway, 'up', *stack, '--port', port], folder):.1f} s")
        try:
            for what in ("first deployment", "second deployment"):
                program = SLIPWAY if what.startswith("first") else SLIPWAY.replace('"wine"', '"wine-2"')
                print(f"slipway, {what:18}   {run(sys.executable, program, folder):>8}, {lines_of(SLIPWAY)} lines")
        finally:
            seconds_of([*slipway, "down", *stack], folder)
        for what, python, program in (("mlflow", pythons[0], MLFLOW), ("SageMaker SDK v3", pythons[1], SAGEMAKER)):
            if python:
                role = program.replace("ROLE", '"arn:aws:iam::111122223333:role/models"')
                said = run(python, role.replace("PORT", str(free_port())), folder)
                print(f"{what:30}   {said:>8}, {lines_of(program)} lines")


if __name__ == "__main__":
    main()
