from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.container.settings import Settings

REQUIRED = {"SM_MODEL_DIR": "/model", "SLIPWAY_PORT_PIPE": "5"}


def test_the_defaults_are_the_toolkits() -> None:
    settings = Settings.from_environment(REQUIRED)

    assert settings == Settings(Path("/model"), Path("/model/code"), "inference.py", "application/json", 5)
    assert settings.module == "inference"


def test_sagemakers_variables_are_respected() -> None:
    settings = Settings.from_environment(
        {
            **REQUIRED,
            "SAGEMAKER_SUBMIT_DIRECTORY": "file:///model/source",
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        }
    )

    assert settings.submit_directory == Path("/model/source")
    assert settings.module == "serve"
    assert settings.default_accept == "text/csv"


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        Settings.from_environment({name: value for name, value in REQUIRED.items() if name != missing})
