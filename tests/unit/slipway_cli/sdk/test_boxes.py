from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from slipway_cli.sdk.boxes import COLOURS, NotAPicture, draw_boxes, label_of
from slipway_cli.sdk.invoke import Box

GREY = (128, 128, 128)
edges = st.floats(min_value=-2, max_value=3)


def picture(size: tuple[int, int] = (200, 100), kind: str = "JPEG", **options: object) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, GREY).save(content, kind, **options)
    return content.getvalue()


def drawn(*boxes: Box, size: tuple[int, int] = (200, 100), **options: object) -> Image.Image:
    return Image.open(BytesIO(draw_boxes(picture(size, "PNG"), boxes, **options)))  # type: ignore[arg-type]


def colour(kind: int) -> tuple[int, ...]:
    return tuple(bytes.fromhex(COLOURS[kind % len(COLOURS)][1:]))


def test_a_frame_in_the_classs_colour_is_where_the_box_is() -> None:
    image = drawn(Box(0, 0.9, 0.25, 0.4, 0.75, 0.9))

    assert image.format == "PNG"
    assert image.size == (200, 100)
    assert image.getpixel((50, 60)) == colour(0)
    assert image.getpixel((100, 89)) == colour(0)
    assert image.getpixel((100, 65)) == GREY


def test_classes_have_different_colours() -> None:
    image = drawn(Box(0, 0.9, 0.1, 0.4, 0.3, 0.9), Box(1, 0.9, 0.6, 0.4, 0.9, 0.9))

    assert image.getpixel((20, 60)) == colour(0)
    assert image.getpixel((120, 60)) == colour(1)


def test_boxes_below_the_least_score_are_left_out() -> None:
    assert drawn(Box(0, 0.4, 0.25, 0.4, 0.75, 0.9), min_score=0.5).getpixel((50, 60)) == GREY


def test_what_is_there_is_framed_in_white_below_what_was_detected() -> None:
    image = drawn(Box(0, 0.9, 0.25, 0.4, 0.75, 0.9), truth=[Box(0, 1.0, 0.3, 0.4, 0.75, 0.9)])

    assert image.getpixel((60, 60)) == (255, 255, 255)
    assert image.getpixel((50, 60)) == colour(0)


@pytest.mark.parametrize(("kind", "label"), [(0, "car 0.99"), (1, "1 0.99"), (-1, "-1 0.99")])
def test_a_label_is_the_classs_name_or_else_its_number_and_the_score(kind: int, label: str) -> None:
    assert label_of(Box(kind, 0.9876, 0, 0, 1, 1), ("car",)) == label


@given(edges, edges, edges, edges, st.integers(min_value=-1, max_value=100), st.floats(min_value=0, max_value=1))
def test_a_box_may_lie_anywhere(left: float, top: float, right: float, bottom: float, kind: int, score: float) -> None:
    assert drawn(Box(kind, score, left, top, right, bottom), size=(30, 20)).size == (30, 20)


@pytest.mark.parametrize("size", [(1, 1), (3000, 20), (20, 3000)])
def test_a_picture_may_have_any_shape(size: tuple[int, int]) -> None:
    assert drawn(Box(0, 0.9, 0.2, 0.2, 0.8, 0.8), size=size).size == size


def test_a_picture_that_was_taken_on_its_side_is_drawn_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn it to the right

    image = Image.open(BytesIO(draw_boxes(picture((200, 100), "JPEG", exif=exif), [])))

    assert image.size == (100, 200)


@pytest.mark.parametrize("content", [b"", b"text", picture()[:100]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture, match="JPEG or PNG"):
        draw_boxes(content, [])
