"""The service models in the newest botocore, which `make` keeps in an environment of its own.

MiniStack pins the botocore of the project's environment; only the data files are read from the other one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

ENVIRONMENT = Path(__file__).parents[3] / ".tools" / "botocore"


class EnvironmentMissing(Exception):
    """The environment of the newest botocore does not exist."""


@cache
def newest_document(service: str) -> dict[str, Any]:
    """Return a service's model with its documentation. Raises `EnvironmentMissing`."""
    loader = Loader(extra_search_paths=[str(_packages() / "botocore" / "data")], include_default_search_paths=False)
    document: dict[str, Any] = loader.load_service_model(service, "service-2")
    return document


@cache
def newest_model(service: str = "sagemaker") -> ServiceModel:
    """Return a service's model. Raises `EnvironmentMissing`."""
    return ServiceModel(newest_document(service), service)


def newest_version() -> str:
    """Return the version of the newest botocore. Raises `EnvironmentMissing`."""
    (info,) = _packages().glob("botocore-*.dist-info")
    return info.name.removeprefix("botocore-").removesuffix(".dist-info")


def _packages() -> Path:
    found = next(ENVIRONMENT.glob("lib/python3.*/site-packages"), None)
    if found is None:
        raise EnvironmentMissing("There is no newest botocore: run make .tools/botocore/.done")
    return found
