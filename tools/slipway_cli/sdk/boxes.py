"""Draw what object detection found into the picture: a frame, the class and the score."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.invoke import Box

# One for each class, then again from the start; for colour-blind readers too (Okabe and Ito, 2008).
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
TRUTH = "#ffffff"
FRAME = 1 / 200  # width of a frame's line, as a share of the picture's longer side
TEXT = 1 / 32  # height of the text, likewise


class NotAPicture(ClientError):
    """The file that boxes are to be drawn into is no picture."""


def draw_boxes(
    picture: bytes,
    boxes: Sequence[Box],
    *,
    names: Sequence[str] = (),
    min_score: float = 0.0,
    truth: Sequence[Box] = (),
) -> bytes:
    """Return the picture as PNG with each box of `min_score` or more on it. Raises `NotAPicture`.

    `names` are the classes' names by index; a class without one is shown by its number. `truth` is drawn below, in
    thin white frames without a label.
    """
    image = _opened(picture)
    pen = ImageDraw.Draw(image)
    side = max(image.size)
    line, text_height = max(2, round(side * FRAME)), max(11, round(side * TEXT))
    for box in truth:
        pen.rectangle(_corners(box, image.size), outline=TRUTH, width=max(1, line // 2))
    # The best last: its label is on top.
    for box in sorted(boxes, key=lambda box: box.score):
        if box.score >= min_score:
            _draw(pen, box, image.size, label_of(box, names), line, text_height)
    png = BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def label_of(box: Box, names: Sequence[str] = ()) -> str:
    """Return a box's class and score, for example `car 0.98`."""
    name = names[box.kind] if 0 <= box.kind < len(names) else str(box.kind)
    return f"{name} {box.score:.2f}"


def _opened(picture: bytes) -> Image.Image:
    try:
        # As browsers and the model see it: upright, whatever way the camera was held.
        return ImageOps.exif_transpose(Image.open(BytesIO(picture))).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPicture("Boxes can be drawn into a JPEG or PNG picture only, and this file is none.") from error


def _corners(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    # Pillow refuses a corner beyond its opposite; a model's boxes can have that, and can leave the picture.
    horizontal, vertical = sorted((box.left, box.right)), sorted((box.top, box.bottom))
    left, right = (round(min(max(value, 0.0), 1.0) * (size[0] - 1)) for value in horizontal)
    top, bottom = (round(min(max(value, 0.0), 1.0) * (size[1] - 1)) for value in vertical)
    return left, top, right, bottom


def _draw(pen: ImageDraw.ImageDraw, box: Box, size: tuple[int, int], label: str, line: int, text_height: int) -> None:
    colour = COLOURS[box.kind % len(COLOURS)]
    left, top, right, bottom = _corners(box, size)
    pen.rectangle((left, top, right, bottom), outline=colour, width=line)
    font = ImageFont.load_default(text_height)
    width, height = font.getlength(label) + 2 * line, text_height + 2 * line
    # Above the frame where there is room, or else inside; never beyond the right edge.
    x, y = max(0.0, min(left, size[0] - width)), top - height if top >= height else top
    pen.rectangle((x, y, x + width, y + height), fill=colour)
    pen.text((x + line, y + line / 2), label, fill="black", font=font)
