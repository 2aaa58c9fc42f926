"""Rears of cars and trucks, drawn with a few rectangles each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

CLASSES = ("car", "truck")
Colour = tuple[int, int, int]
DARK: Colour = (24, 24, 26)
# How wide a vehicle is for each unit of its height.
WIDTHS = {"car": (1.05, 1.4), "truck": (0.7, 0.95)}


@dataclass(frozen=True)
class Frame:
    """Where a vehicle stands in the picture: its edges, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def part(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return a part's edges; they are given as shares of the vehicle's width and height."""
        width, height = self.right - self.left, self.bottom - self.top
        return (
            self.left + left * width,
            self.top + top * height,
            self.left + right * width,
            self.top + bottom * height,
        )


def draw_vehicle(pen: ImageDraw.ImageDraw, kind: str, frame: Frame, chance: np.random.Generator) -> None:
    """Draw a vehicle that fills its frame from edge to edge."""
    paint = _paint(chance)
    lights = (int(chance.integers(170, 256)), int(chance.integers(0, 60)), int(chance.integers(0, 50)))
    pen.ellipse(frame.part(-0.06, 0.94, 1.06, 1.05), fill=DARK)  # its shadow on the road
    for left in (0.06, 0.78):
        pen.rectangle(frame.part(left, 0.8, left + 0.16, 1.0), fill=DARK)
    if kind == "car":
        _car(pen, frame, paint, lights, chance)
    else:
        _truck(pen, frame, paint, lights, chance)


def _car(pen: ImageDraw.ImageDraw, frame: Frame, paint: Colour, lights: Colour, chance: np.random.Generator) -> None:
    slope = chance.uniform(0.1, 0.22)  # how much narrower the roof is, at each side
    roof = (*frame.part(slope, 0.0, 1.0 - slope, 0.0)[:2], *frame.part(slope, 0.0, 1.0 - slope, 0.0)[2:])
    pen.polygon([roof[:2], roof[2:], frame.part(0, 0, 0.95, 0.48)[2:], frame.part(0, 0, 0.05, 0.48)[2:]], fill=paint)
    glass = frame.part(slope + 0.05, 0.08, 0.95 - slope, 0.4)
    pen.rectangle(glass, fill=_shade((70, 85, 100), chance.uniform(0.4, 1.1)))
    round_off = (frame.bottom - frame.top) * 0.08
    pen.rounded_rectangle(frame.part(0.0, 0.4, 1.0, 0.9), round_off, fill=paint)
    pen.rectangle(frame.part(0.0, 0.76, 1.0, 0.88), fill=_shade(paint, 0.6))  # the bumper
    height = chance.uniform(0.1, 0.18)
    for left in (0.03, 0.79):
        pen.rectangle(frame.part(left, 0.5, left + 0.18, 0.5 + height), fill=lights)
    _plate(pen, frame.part(0.36, 0.58, 0.64, 0.7))


def _truck(pen: ImageDraw.ImageDraw, frame: Frame, paint: Colour, lights: Colour, chance: np.random.Generator) -> None:
    pen.rectangle(frame.part(0.0, 0.0, 1.0, 0.8), fill=paint)
    edge = _shade(paint, 0.55)
    thick = max(1, round((frame.right - frame.left) * 0.02))
    pen.rectangle(frame.part(0.0, 0.0, 1.0, 0.8), outline=edge, width=thick)
    pen.line(frame.part(0.5, 0.02, 0.5, 0.78), fill=edge, width=thick)  # between the two doors
    for left in (0.4, 0.56):
        pen.line(frame.part(left, 0.1, left, 0.74), fill=_shade(paint, 0.8), width=thick)
    pen.rectangle(frame.part(0.0, 0.8, 1.0, 0.9), fill=_shade((60, 60, 62), chance.uniform(0.6, 1.2)))
    for left in (0.02, 0.86):
        pen.rectangle(frame.part(left, 0.82, left + 0.12, 0.88), fill=lights)
    _plate(pen, frame.part(0.4, 0.82, 0.6, 0.88))


def _plate(pen: ImageDraw.ImageDraw, edges: tuple[float, float, float, float]) -> None:
    pen.rectangle(edges, fill=(225, 225, 205), outline=(60, 60, 60))


def _paint(chance: np.random.Generator) -> Colour:
    red, green, blue = chance.integers(35, 245, 3)
    return int(red), int(green), int(blue)


def _shade(colour: Colour, share: float) -> Colour:
    red, green, blue = (min(255, round(value * share)) for value in colour)
    return red, green, blue
