"""What the name of an instance type says."""

from __future__ import annotations

# The families that the SageMaker SDK names in `volume_size_supported`, other than those with a "d" in their names.
FAMILIES_WITH_LOCAL_DISKS = ("g5", "g6", "g7e", "p5", "p6-b200", "trn1", "trn2")


def has_local_disks(instance_type: str) -> bool:
    """Return whether an instance type stores the model on disks of its own, so that it takes no VolumeSizeInGB.

    The rule of the SageMaker SDK (`volume_size_supported`), which leaves the member out for these types.
    """
    family = instance_type.removeprefix("ml.").split(".")[0]
    return "d" in family or family.startswith(FAMILIES_WITH_LOCAL_DISKS)
