"""Whether what an archive unpacks to fits on its volume."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import ArtifactTooLarge
from slipway.preflight.storage import GIB, check_volume, deflated_at_least, tar_size

SERVERLESS: dict[str, Any] = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


@given(st.integers(0, 2**45), st.integers(0, 2**32 - 1))
def test_a_size_is_found_from_its_last_32_bits_when_less_than_4_gib_are_unseen(size: int, unseen: int) -> None:
    at_least = max(0, size - unseen)

    assert tar_size(at_least, (size % 2**32).to_bytes(4, "little")) == size


@given(st.binary(max_size=5000), st.integers(0, 9))
def test_the_lower_bound_of_a_compressed_size_holds(content: bytes, level: int) -> None:
    packed = gzip.compress(content, level)

    assert deflated_at_least(len(packed)) <= len(content)
    assert tar_size(0, packed[-4:]) == len(content)


@pytest.mark.parametrize(
    ("size", "variant"),
    [
        (8 * GIB, {"VolumeSizeInGB": 8}),
        (30 * GIB, {}),
        (300 * GIB, {"InstanceType": "ml.g5.xlarge"}),
        (5 * GIB, SERVERLESS),
    ],
)
def test_an_archive_that_fits_is_accepted_without_a_warning(size: int, variant: dict[str, Any]) -> None:
    assert check_volume(size, variant) == []


def test_an_archive_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ArtifactTooLarge) as caught:
        check_volume(8 * GIB + 1, {"VolumeSizeInGB": 8})

    assert str(caught.value) == (
        "The model needs 8.0 GiB, but the volume has 8 GiB: set VolumeSizeInGB to at least 9, up to 512."
    )


@pytest.mark.parametrize(
    ("size", "variant", "said"),
    [(30 * GIB + 1, {}, "set VolumeSizeInGB"), (5 * GIB + 1, SERVERLESS, "have 5 GB of storage")],
)
def test_an_archive_that_perhaps_does_not_fit_is_a_warning(size: int, variant: dict[str, Any], said: str) -> None:
    (warning,) = check_volume(size, variant)

    assert said in warning
