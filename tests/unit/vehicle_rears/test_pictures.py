from __future__ import annotations

import io
from hashlib import sha256

import pytest
from PIL import Image

from vehicle_rears.pictures import HEIGHT, WIDTH, picture

SOME = range(40)


def test_the_same_number_is_always_the_same_picture() -> None:
    assert picture(7) == picture(7)
    assert len({sha256(picture(number).jpeg).digest() for number in SOME}) == len(SOME)


def test_pictures_are_jpegs_of_one_size() -> None:
    image = Image.open(io.BytesIO(picture(0).jpeg))

    assert (image.format, image.size) == ("JPEG", (WIDTH, HEIGHT))


def test_vehicles_lie_within_the_picture_and_apart() -> None:
    for number in SOME:
        for vehicle in picture(number).vehicles:
            assert 0 <= vehicle.left < vehicle.right <= 1
            assert 0 <= vehicle.top < vehicle.bottom <= 1


@pytest.mark.parametrize("kind", [0, 1])
def test_there_are_vehicles_of_each_class_and_pictures_without_any(kind: int) -> None:
    seen = [[vehicle.kind for vehicle in picture(number).vehicles] for number in SOME]

    assert any(kind in kinds for kinds in seen)
    assert [] in seen
    assert max(map(len, seen)) == 3
