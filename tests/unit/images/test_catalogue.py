"""The catalogue as it ships: its size, its order, its source, and that each question finds one image."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from slipway.images.tables import CATALOGUE, Image, frameworks, load_table

ROOT = Path(__file__).parents[3]
FILES = sorted(Path(CATALOGUE).glob("*.json"))
SINGLE_IMAGE = [
    *("blazingtext", "factorization-machines", "forecasting-deepar", "image-classification", "ipinsights", "kmeans"),
    *("knn", "lda", "linear-learner", "ntm", "object-detection", "object2vec", "pca", "randomcutforest"),
    *("semantic-segmentation", "seq2seq"),
]


def test_the_catalogue_is_small_and_so_is_each_part_of_it() -> None:
    sizes = sorted(path.stat().st_size for path in FILES)

    assert sum(sizes) <= 1_500_000
    assert sizes[-2] <= 100_000


def test_the_catalogue_comes_from_the_pinned_sdk() -> None:
    pin = (ROOT / "requirements" / "sagemaker.in").read_text(encoding="utf-8").splitlines()[-1]

    assert {json.loads(path.read_text(encoding="utf-8"))["source"] for path in FILES} == {pin.replace("==", " ")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_image_has_a_line_of_its_own_and_registries(path: Path) -> None:
    table = load_table(path.stem)
    assert table is not None

    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line.removesuffix(",")) for line in lines[lines.index('"images": [') + 1 : -2]]
    assert [Image(*row) for row in rows] == list(table.images)
    assert all(table.registries[image.registries] for image in table.images)
    assert all(list(accounts) == sorted(accounts) for accounts in table.registries.values())


@pytest.mark.parametrize("framework", frameworks())
def test_no_two_images_answer_the_same_question(framework: str) -> None:
    table = load_table(framework)
    assert table is not None

    for one, other in itertools.combinations(table.images, 2):
        if one[:3] == other[:3]:
            words = {word for word in one.processors.split() if word[0] != "!"}
            assert words.isdisjoint(other.processors.split()), (one, other)


@pytest.mark.parametrize("framework", SINGLE_IMAGE)
def test_an_algorithm_with_a_single_image_has_the_tags_1_and_latest(framework: str) -> None:
    table = load_table(framework)
    assert table is not None

    assert [image.version for image in table.images] == ["latest", "1"]
    assert list(table.added) == ["latest"]
    assert [image.repository_and_tag.partition(":")[2] for image in table.images] == ["latest", "1"]


def test_only_those_algorithms_have_anything_that_the_sdk_does_not() -> None:
    assert [name for name in frameworks() if (table := load_table(name)) and table.added] == SINGLE_IMAGE
