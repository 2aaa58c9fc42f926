"""Resolve one image: `slipway.images` against `sagemaker.image_uris.retrieve`, each run in processes of its own.

    python bench/images.py [RUNS]

Both sides run on the interpreter of the SDK's environment (`.tools/sagemaker-sdk`, made from
`requirements/sagemaker-sdk.txt`), by turns, so that both share the machine. Medians; exit code 1 if an
aim is missed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SDK_PYTHON = ROOT / ".tools" / "sagemaker-sdk" / "bin" / "python"
WARM_CALLS = 200
IMPORT_AIM, COLD_AIM_MS = 20, 5

MEASURE = """
import json, resource, statistics, time
started = time.perf_counter()
{importing}
imported = time.perf_counter()
uri = {call}
cold = time.perf_counter()
warm = []
for _ in range({warm_calls}):
    before = time.perf_counter()
    {call}
    warm.append(time.perf_counter() - before)
print(json.dumps({{
    "uri": str(uri),
    "import_ms": 1000 * (imported - started),
    "cold_ms": 1000 * (cold - imported),
    "warm_ms": 1000 * statistics.median(warm),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""
ARGUMENTS = "'pytorch', 'eu-west-1', version='2.6.0', instance_type='ml.g5.xlarge', py_version='py312'"
SIDES = {
    "slipway": ("from slipway.images import resolve_image", f"resolve_image({ARGUMENTS})"),
    "sagemaker": ("from sagemaker import image_uris", f"image_uris.retrieve({ARGUMENTS}, image_scope='inference')"),
}


def measure(side: str) -> dict[str, Any]:
    importing, call = SIDES[side]
    code = MEASURE.format(importing=importing, call=call, warm_calls=WARM_CALLS)
    process = subprocess.run(
        [SDK_PYTHON, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "functions"), "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return answer


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rounds = [{side: measure(side) for side in SIDES} for _ in range(runs + 1)][1:]  # the first one fills the caches
    if len({answer["uri"] for answers in rounds for answer in answers.values()}) != 1:
        raise SystemExit(f"the two sides disagree: {rounds[0]}")
    print(f"{'':10} {'slipway':>10} {'sagemaker':>10} {'ratio':>8}   medians of {runs} runs")
    medians = {}
    for figure in ("import_ms", "cold_ms", "warm_ms", "peak_mb"):
        ours, theirs = (statistics.median(answers[side][figure] for answers in rounds) for side in SIDES)
        medians[figure] = (ours, theirs)
        print(f"{figure:10} {ours:10.3f} {theirs:10.3f} {theirs / ours:7.1f}x")
    import_ratio = medians["import_ms"][1] / medians["import_ms"][0]
    met = import_ratio >= IMPORT_AIM and medians["cold_ms"][0] < COLD_AIM_MS
    print(f"aims: import >= {IMPORT_AIM}x, cold resolve < {COLD_AIM_MS} ms: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
