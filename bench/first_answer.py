"""From a fitted scikit-learn model to the first answer of a local server: lines of code and seconds, by turns.

    python bench/first_answer.py MLFLOW_PYTHON SAGEMAKER_SDK_PYTHON

The arguments are Pythons of environments that no target makes: those in `.tools` have less than these need.

    pip install mlflow scikit-learn
    pip install "sagemaker>=3" scikit-learn

Each program is a process of its own, timed from its start to the answer, imports and training included; each line of it
counts but the training, which is the same for all, and the end of the server. A program whose answer is not the model's
fails.

The SDK is run once, after the others: in its IN_PROCESS mode too it asks AWS's STS whose credentials it has.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway_local.stack.engine_process import free_port

TRAINING = """
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
rows, classes = load_wine(return_X_y=True)
model = RandomForestClassifier(n_estimators=20, random_state=0).fit(rows, classes)
rows = rows[::80]
"""
EXPECTED = [0, 1, 2]
ROUNDS = 2
REGION = "us-east-1"
DEPLOY = """
import joblib
import slipway
joblib.dump(model, "wine.joblib")
endpoint = slipway.deploy("wine.joblib", name="NAME", framework="sklearn", local=True)
print(endpoint.predict(rows))
"""
SERVE = """
import subprocess, sys, time
import joblib, requests
joblib.dump(model, "wine.joblib")
command = [sys.executable, "-m", "slipway_cli.main", "serve", "wine.joblib", "--framework", "sklearn", "--port", "PORT"]
server = subprocess.Popen(command)
while True:
    try:
        answer = requests.post("http://127.0.0.1:PORT/invocations", json=rows.tolist())
        break
    except requests.ConnectionError:
        time.sleep(0.1)
print(answer.json())
"""
# docs.mlflow.org, "Deploy MLflow Model as a Local Inference Server": save_model, then `mlflow models serve`.
MLFLOW = """
import subprocess, sys, time
import mlflow, requests
mlflow.sklearn.save_model(model, "NAME", serialization_format="cloudpickle")
command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "NAME", "-p", "PORT", "--env-manager", "local"]
server = subprocess.Popen(command)
while True:
    try:
        answer = requests.post("http://127.0.0.1:PORT/invocations", json={"inputs": rows.tolist()})
        break
    except requests.ConnectionError:
        time.sleep(0.1)
print(answer.json()["predictions"])
"""
STOP = """
server.terminate()
server.wait()
"""
# aws/sagemaker-python-sdk, v3-examples/inference-examples/in-process-mode-example.ipynb: without Docker and AWS.
SAGEMAKER = """
from sagemaker.serve.builder.schema_builder import SchemaBuilder
from sagemaker.serve.mode.function_pointers import Mode
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.serve.spec.inference_spec import InferenceSpec
class Wine(InferenceSpec):
    def load(self, model_dir):
        return model
    def invoke(self, rows, model):
        return model.predict(rows).tolist()
builder = ModelBuilder(
    inference_spec=Wine(), schema_builder=SchemaBuilder(rows.tolist(), [0, 1, 2]), mode=Mode.IN_PROCESS
)
builder.build(model_name="wine")
endpoint = builder.deploy_local(endpoint_name="wine")
print(endpoint.invoke(body=rows.tolist()).body)
"""


@dataclass(frozen=True)
class Way:
    """A way to an answer: the Python that runs it, its lines, and what ends it afterwards."""

    name: str
    python: str
    program: str
    end: str = ""

    @property
    def lines(self) -> int:
        """Return how many lines are not empty."""
        return sum(bool(line.strip()) for line in self.program.splitlines())

    def seconds(self, folder: Path, name: str) -> float:
        """Return how long it takes to its answer. Raises `CalledProcessError`, or `ValueError` for a wrong answer."""
        text = (TRAINING + self.program).replace("NAME", name).replace("PORT", str(free_port()))
        file = folder / "program.py"
        file.write_text(text + "import sys; sys.stdout.flush()\n" + self.end, encoding="utf-8")
        begun = time.monotonic()
        # As in an environment that is activated: mlflow starts its server by name.
        path = os.pathsep.join([str(Path(self.python).parent), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "AWS_DEFAULT_REGION": REGION}
        command: list[str | Path] = [self.python, file]
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                if line.startswith("["):
                    took = time.monotonic() - begun
                    break
            else:
                raise ValueError(f"{self.name} ended without an answer")
            process.stdout.read()
        if json.loads(line) != EXPECTED:
            raise ValueError(f"{self.name} answered {line}")
        return took


def seconds_of(command: Sequence[str | Path], folder: Path) -> float:
    """Return how long a command takes. Raises `CalledProcessError`."""
    begun = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    return time.monotonic() - begun


def main() -> None:
    """Print a table."""
    # Not resolved: the Python of an environment is a link out of it.
    mlflow, sagemaker = (str(Path(python).absolute()) for python in sys.argv[1:])
    needed = {mlflow: "sklearn, requests, mlflow.sklearn", sagemaker: "sklearn, sagemaker.serve.model_builder"}
    for python, modules in needed.items():
        command = [python, "-W", "ignore", "-c", f"import {modules}"]
        if subprocess.run(command, env={**os.environ, "AWS_DEFAULT_REGION": REGION}, check=False).returncode:
            raise SystemExit(f"{python} cannot import {modules}: see the first lines of this program.")
    ways = [
        Way("slipway.deploy, whole workflow", sys.executable, DEPLOY),
        Way("slipway serve, the model alone", sys.executable, SERVE, STOP),
        Way("mlflow models serve", mlflow, MLFLOW, STOP),
    ]
    os.chdir(Path(__file__).parents[1])
    with tempfile.TemporaryDirectory(prefix="slipway-bench-", dir=".local") as name:
        folder = Path(name).resolve()
        slipway: list[str | Path] = [Path(sys.executable).with_name("slipway"), "local"]
        stack = ("--work-folder", folder / ".local")
        up = seconds_of([*slipway, "up", *stack, "--port", str(free_port())], folder)
        try:
            first = ways[0].seconds(folder, "first")
            rounds = [[way.seconds(folder, f"wine-{number}") for way in ways] for number in range(ROUNDS)]
        finally:
            seconds_of([*slipway, "down", *stack], folder)
    medians = [statistics.median(taken) for taken in zip(*rounds, strict=True)]
    print(f"load {os.getloadavg()[0]:.1f}; slipway local up {up:.1f} s; its first deployment {first:.1f} s")
    for way, median in zip(ways, medians, strict=True):
        print(f"{way.name:32} {way.lines:3} lines {median:6.1f} s, ratio {median / medians[0]:.2f}", flush=True)
    with tempfile.TemporaryDirectory() as elsewhere:
        sdk = Way("SageMaker SDK v3, IN_PROCESS", sagemaker, SAGEMAKER)
        try:
            said = f"{sdk.seconds(Path(elsewhere), 'wine'):.1f} s"
        except ValueError as ended:
            said = str(ended)
    print(f"{sdk.name:32} {sdk.lines:3} lines: {said}")


if __name__ == "__main__":
    main()
