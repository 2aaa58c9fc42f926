"""How much of what is there was found, and how much of what was found is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vehicle_rears.pictures import Truth

LEAST_SCORE = 0.5  # of a detection that counts
LEAST_OVERLAP = 0.5  # intersection over union with the vehicle it is to be, which must be of the same class

Row = Sequence[float]  # class, score, xmin, ymin, xmax, ymax: a row of the algorithm's answer


@dataclass(frozen=True)
class Score:
    """Detections that are right, detections in all, vehicles in all."""

    right: int
    detected: int
    present: int

    @property
    def precision(self) -> float:
        """Return the share of detections that are right."""
        return self.right / max(self.detected, 1)

    @property
    def recall(self) -> float:
        """Return the share of vehicles that were detected."""
        return self.right / max(self.present, 1)

    def __str__(self) -> str:
        """Say both, and of how many."""
        return (
            f"precision {self.precision:.3f} ({self.right} of {self.detected} detections), "
            f"recall {self.recall:.3f} ({self.right} of {self.present} vehicles)"
        )


def score(pictures: Iterable[tuple[Sequence[Truth], Sequence[Row]]]) -> Score:
    """Compare what is on pictures with what was detected on them."""
    right = detected = present = 0
    for vehicles, rows in pictures:
        counted = [row for row in rows if row[1] >= LEAST_SCORE]
        right += _matches(vehicles, counted)
        detected += len(counted)
        present += len(vehicles)
    return Score(right, detected, present)


def overlap(row: Row, vehicle: Truth) -> float:
    """Return the intersection over union of a detection and a vehicle, from 0 to 1."""
    _, _, left, top, right, bottom = row
    wide = min(right, vehicle.right) - max(left, vehicle.left)
    high = min(bottom, vehicle.bottom) - max(top, vehicle.top)
    both = max(0.0, wide) * max(0.0, high)
    of_vehicle = (vehicle.right - vehicle.left) * (vehicle.bottom - vehicle.top)
    return both / ((right - left) * (bottom - top) + of_vehicle - both)


def _matches(vehicles: Sequence[Truth], rows: Sequence[Row]) -> int:
    """Return how many vehicles are found; each is found once, by the surest detection that fits it best."""
    left, found = list(vehicles), 0
    for row in sorted(rows, key=lambda row: -row[1]):
        fitting = [vehicle for vehicle in left if vehicle.kind == row[0] and overlap(row, vehicle) >= LEAST_OVERLAP]
        if fitting:
            left.remove(max(fitting, key=lambda vehicle: overlap(row, vehicle)))
            found += 1
    return found
