"""Start `slipway`: against `aws --version`, and `slipway image` against the SageMaker SDK's resolution of an image.

    python bench/command_line.py [RUNS]

Whole processes, by turns, so that all share the machine. Medians of wall time; exit code 1 if an aim is missed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = ROOT / ".venv" / "bin"
SDK_PYTHON = ROOT / ".tools" / "sagemaker-sdk" / "bin" / "python"
SDK_RESOLVES = (
    "from sagemaker import image_uris; print(image_uris.retrieve('object-detection', 'us-east-1', version='1'))"
)
HELP_AIM_SECONDS, SDK_AIM_RATIO = 0.25, 10

HELP, IMAGE, AWS, SDK = "slipway --help", "slipway image", "aws --version", "SageMaker SDK"
COMMANDS: Mapping[str, tuple[str | Path, ...]] = {
    HELP: (BIN / "slipway", "--help"),
    "slipway deploy --help": (BIN / "slipway", "deploy", "--help"),
    IMAGE: (BIN / "slipway", "image", "object-detection", "--region", "us-east-1", "--version", "1"),
    AWS: (BIN / "aws", "--version"),
    SDK: (SDK_PYTHON, "-W", "ignore", "-c", SDK_RESOLVES),
}


def seconds_of(command: tuple[str | Path, ...]) -> float:
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    started = time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    rounds = [{name: seconds_of(command) for name, command in COMMANDS.items()} for _ in range(runs + 1)]
    # The first round fills the caches.
    medians = {name: statistics.median(one[name] for one in rounds[1:]) for name in COMMANDS}
    print(f"{'':24} {'seconds':>8} {'of ' + AWS:>18} {'of the SDK':>12}   medians of {runs} runs")
    for name, median in medians.items():
        print(f"{name:24} {median:8.3f} {median / medians[AWS]:17.2f}x {median / medians[SDK]:11.3f}x")
    met = medians[HELP] <= HELP_AIM_SECONDS and medians[SDK] / medians[IMAGE] >= SDK_AIM_RATIO
    aims = f"{HELP} <= {HELP_AIM_SECONDS} s, {IMAGE} {SDK_AIM_RATIO} times as fast as the SDK"
    print(f"aims: {aims}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
