from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.hosting.environment import IMAGE_PACKAGES, TOOLS, container_environment

FOLDER = Path("/work-folder")
PYTHON = "/opt/env/bin/python"


def environment(**own: str) -> dict[str, str]:
    return container_environment(own, FOLDER, PYTHON)


def test_nothing_of_the_engines_environment_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "SECRET", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "of the engine")

    child = environment()

    assert "of the engine" not in child.values()
    assert set(child) == {
        *("PATH", "LANG", "HOME", "TMPDIR", "PYTHONUNBUFFERED", "PYTHONPATH"),
        *("SM_MODEL_DIR", "SAGEMAKER_BASE_DIR", "SLIPWAY_CONTAINER_FOLDER"),
    }


def test_home_and_temporary_files_are_in_the_work_folder() -> None:
    child = environment()

    assert child["HOME"] == "/work-folder/home"
    assert child["TMPDIR"] == "/work-folder/tmp"
    assert child["SM_MODEL_DIR"] == "/work-folder/model"


def test_the_models_environment_wins() -> None:
    child = environment(LANG="en_AU.UTF-8", SAGEMAKER_PROGRAM="serve.py", AWS_ACCESS_KEY_ID="its own")

    assert child["LANG"] == "en_AU.UTF-8"
    assert child["SAGEMAKER_PROGRAM"] == "serve.py"
    assert child["AWS_ACCESS_KEY_ID"] == "its own"


def test_the_models_python_path_comes_after_the_containers() -> None:
    assert environment(PYTHONPATH="/a:/b")["PYTHONPATH"] == f"{TOOLS}:{IMAGE_PACKAGES}:/a:/b"


@pytest.mark.parametrize(
    ("value", "translated"),
    [
        ("/opt/ml/model", "/work-folder/model"),
        ("/opt/ml/model/weights", "/work-folder/model/weights"),
        ("file:///opt/ml/model/code", "file:///opt/ml/model/code"),
        ("/opt/ml/additional-model-data-sources/draft", "/work-folder/additional-model-data-sources/draft"),
        ("/opt/ml/models", "/opt/ml/models"),
        ("/opt/ml", "/opt/ml"),
    ],
)
def test_paths_of_the_containers_model_folder_are_translated(value: str, translated: str) -> None:
    assert environment(WEIGHTS=value)["WEIGHTS"] == translated
