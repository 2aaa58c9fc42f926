"""Versions 2 and 3 of the SageMaker Python SDK, unmodified, deploy several models to one endpoint of the laptop."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.engine.laptop import IMAGE, Laptop
from tests.contract.engine.test_engine_framework_models import ROOT, SDK_PYTHON, printed
from tests.unit.slipway_local.hosting.doubles import tar_gz

FOLDER = Path(__file__).parent
CORE_PYTHON = ROOT / ".tools" / "sagemaker" / "bin" / "python"  # version 3
STEP = """
import json

def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept):
    return json.dumps(({step})(json.loads(body))), "application/json"
"""


def upload(laptop: Laptop, bucket: str, **steps: str) -> list[str]:
    """Put an archive for each step of a computation, and return their addresses."""
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=bucket)
    for name, step in steps.items():
        s3.put_object(
            Bucket=bucket, Key=f"{name}.tar.gz", Body=tar_gz({"code/inference.py": STEP.replace("{step}", step)})
        )
    return [f"s3://{bucket}/{name}.tar.gz" for name in steps]


@pytest.mark.full
def test_a_multi_data_model_deploys_predicts_and_adds_a_model(laptop: Laptop, role: str, tmp_path: Path) -> None:
    script = FOLDER / "multi_data_model_script.py"
    first, second = upload(laptop, "multi-models", doubled="lambda row: [2 * value for value in row]", summed="sum")

    answered = printed([SDK_PYTHON, script, laptop.url, "many", role, IMAGE, first, second], laptop, tmp_path)

    assert answered == {"first": [2, 4], "added": 3, "listed": ["doubled.tar.gz", "summed.tar.gz"]}


@pytest.mark.full
def test_a_pipeline_model_deploys_and_predicts(laptop: Laptop, role: str, tmp_path: Path) -> None:
    script = FOLDER / "pipeline_model_script.py"
    steps = upload(laptop, "pipeline-models", doubled="lambda row: [2 * value for value in row]", summed="sum")

    answered = printed([SDK_PYTHON, script, laptop.url, "pipeline", role, IMAGE, *steps], laptop, tmp_path)

    assert answered == {"prediction": 6}


@pytest.mark.full
def test_inference_components_of_version_3_are_placed_updated_and_deleted(
    laptop: Laptop, role: str, tmp_path: Path
) -> None:
    script = FOLDER / "components_script.py"
    first, second = upload(laptop, "components", doubled="lambda row: [2 * value for value in row]", summed="sum")

    answered = printed([CORE_PYTHON, script, "components", role, IMAGE, first, second], laptop, tmp_path)

    assert answered == {"before": [[2, 4], [2, 4]], "after": [[2, 4], 3]}
