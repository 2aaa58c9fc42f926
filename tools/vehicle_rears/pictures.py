"""Roads with vehicles on them: the same number is always the same picture."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vehicle_rears.vehicles import CLASSES, WIDTHS, Frame, draw_vehicle

WIDTH, HEIGHT = 480, 360
MAX_OVERLAP = 0.05  # of one vehicle's frame by another's, so that every one can be seen
QUALITY = 88  # of the JPEG


@dataclass(frozen=True)
class Truth:
    """A vehicle that is in a picture: its class, and its edges relative to the picture."""

    kind: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Picture:
    """A JPEG, and what is on it."""

    jpeg: bytes
    vehicles: tuple[Truth, ...]


def picture(number: int) -> Picture:
    """Return picture `number`: a road with one to three vehicles, or, one time in ten, with none."""
    chance = np.random.default_rng(number)
    horizon = float(chance.uniform(0.25, 0.5)) * HEIGHT
    image = _landscape(horizon, chance)
    pen = ImageDraw.Draw(image)
    placed = _placed(horizon, chance)
    for kind, frame in placed:
        draw_vehicle(pen, kind, frame, chance)
    vehicles = tuple(_truth(kind, frame) for kind, frame in placed)
    return Picture(_photographed(image, chance), vehicles)


def _landscape(horizon: float, chance: np.random.Generator) -> Image.Image:
    sky, ground, road = (tuple(int(value) for value in chance.integers(*span, 3)) for span in _SPANS)
    image = Image.new("RGB", (WIDTH, HEIGHT), sky)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, horizon, WIDTH, HEIGHT), fill=ground)
    for _ in range(int(chance.integers(3, 10))):
        _distraction(pen, horizon, chance)
    vanishing = float(chance.uniform(0.35, 0.65)) * WIDTH
    pen.polygon([(vanishing, horizon), (WIDTH * 1.3, HEIGHT), (-WIDTH * 0.3, HEIGHT)], fill=road)
    for share in (0.33, 0.66):
        foot = -WIDTH * 0.3 + share * WIDTH * 1.6
        pen.line([(vanishing, horizon), (foot, HEIGHT)], fill=(215, 215, 205), width=2)
    return image


_SPANS = ((120, 240), (60, 150), (70, 110))  # how bright sky, ground and road are


def _distraction(pen: ImageDraw.ImageDraw, horizon: float, chance: np.random.Generator) -> None:
    """Draw what is no vehicle: a house, a tree or a sign beside the road."""
    x, width, height = chance.uniform(0, WIDTH), chance.uniform(8, 90), chance.uniform(20, 120)
    colour = tuple(int(value) for value in chance.integers(30, 230, 3))
    foot = horizon + chance.uniform(0, 30)
    edges = (x - width / 2, foot - height, x + width / 2, foot)
    if chance.random() < 0.5:  # noqa: PLR2004 - every other one
        pen.rectangle(edges, fill=colour)
    else:
        pen.ellipse(edges, fill=colour)


def _placed(horizon: float, chance: np.random.Generator) -> list[tuple[str, Frame]]:
    """Return vehicles from the farthest to the nearest; the nearer, the larger and the lower."""
    placed: list[tuple[str, Frame]] = []
    wanted = int(chance.choice(4, p=(0.1, 0.4, 0.3, 0.2)))
    for _ in range(20):
        if len(placed) == wanted:
            break
        kind, frame = _anywhere(horizon, chance)
        if all(_overlap(frame, other) <= MAX_OVERLAP for _, other in placed):
            placed.append((kind, frame))
    return sorted(placed, key=lambda vehicle: vehicle[1].bottom)


def _anywhere(horizon: float, chance: np.random.Generator) -> tuple[str, Frame]:
    kind = CLASSES[int(chance.integers(len(CLASSES)))]
    near = float(chance.uniform(0.15, 1.0))
    height = HEIGHT * (0.12 + 0.3 * near) * (1.35 if kind == "truck" else 1.0)
    width = height * float(chance.uniform(*WIDTHS[kind]))
    bottom = min(HEIGHT - 2.0, horizon + near * (HEIGHT - horizon) * 0.95)
    top = max(1.0, bottom - height)
    left = float(chance.uniform(1.0, WIDTH - 1.0 - width))
    return kind, Frame(left, top, left + width, bottom)


def _overlap(one: Frame, other: Frame) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min((frame.right - frame.left) * (frame.bottom - frame.top) for frame in (one, other))
    return max(0.0, wide) * max(0.0, high) / smaller


def _photographed(image: Image.Image, chance: np.random.Generator) -> bytes:
    """Return a JPEG of the drawing as a camera would have seen it: soft, more or less bright, and with noise."""
    soft = image.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.3, 1.2))))
    light, noise = chance.uniform(0.7, 1.2), chance.normal(0.0, chance.uniform(2.0, 9.0), (HEIGHT, WIDTH, 3))
    pixels = np.clip(np.asarray(soft, dtype=np.float64) * light + noise, 0, 255).astype(np.uint8)
    jpeg = BytesIO()
    Image.fromarray(pixels).save(jpeg, "JPEG", quality=QUALITY)
    return jpeg.getvalue()


def _truth(kind: str, frame: Frame) -> Truth:
    return Truth(
        CLASSES.index(kind), frame.left / WIDTH, frame.top / HEIGHT, frame.right / WIDTH, frame.bottom / HEIGHT
    )
