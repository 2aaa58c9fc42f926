"""The catalogue of images: one generated JSON file a framework, read when that framework is asked for.

`make image-catalogue` writes the files from the tables and the resolver of a pinned SageMaker SDK.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# Not a Path: importing pathlib takes longer than everything else here together.
CATALOGUE = os.path.join(os.path.dirname(__file__), "catalogue")  # noqa: PTH118, PTH120


class Image(NamedTuple):
    """One image of a framework: what one has to ask for to get it, and its `repository:tag`.

    `base_framework_version` and `py_version` are empty where the image has none. `processors` are the words of
    `slipway.images.processors`; `registries` names one of the table's maps from region to account. `stands_in`
    says what it is instead, where the SDK answers with another image than the one asked for.
    """

    version: str
    base_framework_version: str
    py_version: str
    processors: str
    registries: str
    repository_and_tag: str
    stands_in: str = ""


class Table(NamedTuple):
    """Everything that AWS publishes for one framework, versions ascending.

    `aliases` are the versions that stand for another one ("2.6" for "2.6.0"). `added` are those that the SDK
    itself does not distinguish: the tag `latest` of the algorithms with a single image.
    """

    framework: str
    source: str
    aliases: Sequence[str]
    added: Sequence[str]
    graviton: Sequence[str]
    registries: Mapping[str, Mapping[str, str]]
    images: Sequence[Image]


def frameworks(folder: str = CATALOGUE) -> list[str]:
    """Return the name of every framework and algorithm that has an inference image."""
    return sorted(name.removesuffix(".json") for name in os.listdir(folder) if name.endswith(".json"))  # noqa: PTH208


def load_table(framework: str, folder: str = CATALOGUE) -> Table | None:
    """Read one framework's table; None when there is none of this name."""
    if not framework.replace("-", "").isalnum():  # the name becomes a file's name
        return None
    try:
        with open(os.path.join(folder, f"{framework}.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            fields = json.load(file)
    except FileNotFoundError:
        return None
    fields["images"] = [Image(*row) for row in fields["images"]]
    return Table(**fields)
