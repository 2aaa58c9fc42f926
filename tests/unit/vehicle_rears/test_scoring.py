from __future__ import annotations

import pytest

from vehicle_rears.pictures import Truth
from vehicle_rears.scoring import overlap, score

CAR = Truth(0, 0.1, 0.1, 0.3, 0.3)
TRUCK = Truth(1, 0.5, 0.5, 0.9, 0.9)
FOUND_CAR = (0.0, 0.9, 0.1, 0.1, 0.3, 0.3)


@pytest.mark.parametrize(
    ("row", "share"),
    [
        (FOUND_CAR, 1.0),
        ((0.0, 0.9, 0.1, 0.1, 0.3, 0.2), 0.5),
        ((0.0, 0.9, 0.2, 0.1, 0.4, 0.3), 1 / 3),
        ((0.0, 0.9, 0.4, 0.4, 0.5, 0.5), 0.0),
    ],
)
def test_overlap_is_intersection_over_union(row: tuple[float, ...], share: float) -> None:
    assert overlap(row, CAR) == pytest.approx(share)


def test_precision_is_of_detections_and_recall_of_vehicles() -> None:
    nowhere = (1.0, 0.8, 0.0, 0.0, 0.05, 0.05)

    result = score([((CAR, TRUCK), (FOUND_CAR, nowhere)), ((), ()), ((TRUCK,), ())])

    assert (result.right, result.detected, result.present) == (1, 2, 3)
    assert str(result) == "precision 0.500 (1 of 2 detections), recall 0.333 (1 of 3 vehicles)"


@pytest.mark.parametrize(
    "row",
    [(1.0, *FOUND_CAR[1:]), (0.0, 0.49, *FOUND_CAR[2:]), (0.0, 0.9, 0.1, 0.1, 0.3, 0.19)],
    ids=["another class", "unsure", "elsewhere"],
)
def test_what_does_not_fit_is_not_right(row: tuple[float, ...]) -> None:
    assert score([((CAR,), (row,))]).right == 0


def test_a_vehicle_is_found_once_however_often_it_is_detected() -> None:
    result = score([((CAR,), (FOUND_CAR, FOUND_CAR))])

    assert (result.right, result.detected) == (1, 2)


def test_nothing_detected_where_nothing_is_has_no_share_at_all() -> None:
    assert score([]).precision == 0.0
