"""Whether what an archive unpacks to fits on the instance's storage volume. Sizes are bytes."""

from __future__ import annotations

from typing import Any

from slipway.deployment.instance_types import has_local_disks
from slipway.errors import ArtifactTooLarge

GIB = 1024**3
MAX_VOLUME = 512  # GiB, the most VolumeSizeInGB takes
# "If the size of the model is larger than 30 GB and you are using an instance without a local disk, you should increase
# this parameter" (SageMaker developer guide, "SageMaker AI endpoint parameters for large model inference").
DEFAULT_VOLUME = 30
SERVERLESS_DISK = 5  # GB of ephemeral storage, whatever the memory size (developer guide, Serverless Inference)

TRAILER = 4  # bytes: a gzip member ends with its unpacked size, modulo 4 GiB, low byte first (RFC 1952)
MODULUS = 1 << 8 * TRAILER


def tar_size(at_least: int, trailer: bytes) -> int:
    """Return the size of a tar that has `at_least` so many bytes, given the last four bytes of its gzip file."""
    return at_least + (int.from_bytes(trailer, "little") - at_least) % MODULUS


def deflated_at_least(size: int) -> int:
    """Return how many bytes gzip data of a size holds at least: what cannot be compressed grows by under 0.1 %."""
    return max(0, size - size // 1000 - 1024)


def check_volume(size: int, variant: dict[str, Any]) -> list[str]:
    """Return warnings. Raises `ArtifactTooLarge` when so many bytes do not fit on the variant's volume."""
    volume = variant.get("VolumeSizeInGB", MAX_VOLUME)
    if size > volume * GIB:
        raise ArtifactTooLarge(
            f"The model needs {size / GIB:.1f} GiB, but the volume has {volume} GiB: set VolumeSizeInGB to at least "
            f"{size // GIB + 1}, up to {MAX_VOLUME}."
        )
    if "ServerlessConfig" in variant and size > SERVERLESS_DISK * GIB:
        return [f"The model needs {size / GIB:.1f} GiB; serverless endpoints have {SERVERLESS_DISK} GB of storage."]
    on_local_disks = has_local_disks(variant.get("InstanceType", ""))
    if "VolumeSizeInGB" not in variant and not on_local_disks and size > DEFAULT_VOLUME * GIB:
        return [f"The model needs {size / GIB:.1f} GiB: set VolumeSizeInGB; AWS advises it above {DEFAULT_VOLUME} GB."]
    return []
