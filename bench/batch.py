"""Rows a second through a transform job and through InvokeEndpoint, one by one and by the hundred.

    python bench/batch.py [ROUNDS]

The same scikit-learn model in the same image serves all of them, and they take turns, so that whatever else the machine
does hits them alike. A job is measured from CreateTransformJob until it is Completed. A job with one row has the time
that every job takes, for its container above all; the rate is that of the rows beyond it.
"""

from __future__ import annotations

import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.invoke_endpoint import BUCKET, NAME, client, deployed

from demo import digits
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import EngineProcess, free_port

CSV = "text/csv"
OBJECTS, ROWS = 20, 1000  # rows in each object
CODE = """
import joblib, os
def model_fn(model_dir): return joblib.load(os.path.join(model_dir, "digits.joblib"))
def predict_fn(rows, model): return model.predict(rows.reshape(-1, 64))  # one row of CSV is an array of one dimension
"""
POLL = 0.02  # seconds
Measure = Callable[[], float]


def main(rounds: int) -> None:
    """Measure and print."""
    settings = EngineSettings(port=free_port(), creation_seconds=0.0, clock_scale=1.0)
    with tempfile.TemporaryDirectory() as folder:
        engine = EngineProcess(settings, Path(folder) / "engine.log")
        engine.start()
        try:
            show(*measured(Bench(settings.endpoint_url, Path(folder)), rounds))
        finally:
            engine.stop()


class Bench:
    """One endpoint, and jobs of the same model."""

    def __init__(self, url: str, folder: Path) -> None:
        data = digits.load()
        classifier = digits.train(data, 1)[0]
        images = [data.test_images[number % len(data.test_images)] for number in range(OBJECTS * ROWS)]
        self.rows = [f"{','.join(f'{value:g}' for value in image)}\n" for image in images]
        self.expected = [str(one) for one in classifier.predict(images)]
        self._s3, self._runtime = client("s3", url), client("sagemaker-runtime", url)
        self._sagemaker = deployed(url, _pack(classifier, folder))
        for number, part in enumerate(_parts(self.rows, ROWS)):
            self._s3.put_object(Bucket=BUCKET, Key=f"all/{number:02}.csv", Body="".join(part))
        self._s3.put_object(Bucket=BUCKET, Key="one/00.csv", Body=self.rows[0])
        self._s3.put_object(Bucket=BUCKET, Key="some/00.csv", Body="".join(self.rows[:ROWS]))
        self._jobs = 0

    def invoke(self, rows: int, by: int) -> float:
        """Return the seconds that rows take through InvokeEndpoint, so many at a time."""
        answers: list[str] = []
        started = time.perf_counter()
        for part in _parts(self.rows[:rows], by):
            body = "".join(part)
            answer = self._runtime.invoke_endpoint(EndpointName=NAME, ContentType=CSV, Accept=CSV, Body=body)
            answers += answer["Body"].read().decode().replace("\n", ",").strip(",").split(",")
        took = time.perf_counter() - started
        _check(answers, self.expected[:rows])
        return took

    def job(self, data: str, rows: int, **fields: Any) -> float:
        """Return the seconds that a job over a prefix takes."""
        self._jobs += 1
        name = f"{NAME}-{self._jobs}"
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{data}/"}
        started = time.perf_counter()
        self._sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=NAME,
            TransformInput={"DataSource": {"S3DataSource": source}, "ContentType": CSV, "SplitType": "Line"},
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/out/{name}", "Accept": CSV, "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **fields,
        )
        status = "InProgress"
        while status == "InProgress":
            time.sleep(POLL)
            status = self._sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"]
        took = time.perf_counter() - started
        if status != "Completed":
            raise SystemExit(f"{name} ended as {status}")
        _check(self._outputs(f"out/{name}/"), self.expected[:rows])
        return took

    def _outputs(self, prefix: str) -> list[str]:
        keys = [one["Key"] for one in self._s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
        bodies = [self._s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in sorted(keys)]
        return [answer for body in bodies for answer in body.replace("\n", ",").strip(",").split(",")]


def measured(bench: Bench, rounds: int) -> tuple[float, dict[str, float]]:
    """Return the median seconds of a job with one row, and the median rows a second of each way, in turns."""
    everything = OBJECTS * ROWS
    starts: list[float] = []
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        start = bench.job("one", 1)
        starts.append(start)
        for name, rows, seconds in (
            ("InvokeEndpoint, 1 row a request", ROWS, bench.invoke(ROWS, 1)),
            ("InvokeEndpoint, 100 rows a request", everything, bench.invoke(everything, 100)),
            ("a job, 1 row a request", ROWS, bench.job("some", ROWS, BatchStrategy="SingleRecord") - start),
            ("a job, up to 6 MB a request", everything, bench.job("all", everything) - start),
        ):
            rates.setdefault(name, []).append(rows / seconds)
    return statistics.median(starts), {name: statistics.median(each) for name, each in rates.items()}


def show(start: float, rates: dict[str, float]) -> None:
    """Print the rates and their ratios to InvokeEndpoint with one row a request."""
    base = next(iter(rates.values()))
    print(f"a job with one row: {start:.2f} s")
    print(f"{OBJECTS * ROWS:,} rows".ljust(36), "rows a second   ratio")
    for name, rate in rates.items():
        print(f"{name:36} {rate:13,.0f} {rate / base:7.1f}")


def _parts(rows: list[str], size: int) -> list[list[str]]:
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _check(answers: list[str], expected: list[str]) -> None:
    if answers != expected:
        raise SystemExit(f"not the answers of the model in this process: {answers[:5]}, {len(answers)}")


def _pack(classifier: Any, folder: Path) -> Path:
    joblib.dump(classifier, folder / "digits.joblib")
    (folder / "inference.py").write_text(CODE, encoding="utf-8")
    archive = folder / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder / "digits.joblib", "digits.joblib")
        tar.add(folder / "inference.py", "code/inference.py")
    return archive


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
