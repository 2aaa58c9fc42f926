"""The memory of an instance, which is what a container on it has.

As of 2026-11, https://aws.amazon.com/ec2/instance-types/: within these families it grows with the size, so that the
gigabytes of a `large` say it all. A family that is not here is not known.
"""

from __future__ import annotations

import re

GIB_OF_LARGE = {
    "t2": 8, "t3": 8, "m4": 8, "m5": 8, "m5d": 8, "m6i": 8, "m6g": 8, "m6gd": 8, "m7i": 8, "m7g": 8,
    "c4": 3.75, "c5": 4, "c5d": 4, "c6i": 4, "c6g": 4, "c6gd": 4, "c7i": 4, "c7g": 4,
    "r5": 16, "r5d": 16, "r6i": 16, "r6g": 16, "r6gd": 16, "r7i": 16, "r7g": 16,
    "g4dn": 8, "g5": 8, "inf1": 4, "p3": 15.25,
}  # fmt: skip
TYPE = re.compile(r"ml\.([a-z0-9]+)\.(medium|large|(\d*)xlarge)")


def memory_mib(instance_type: str | None) -> int | None:
    """Return the memory of an instance type in MiB; None where it is not known."""
    match = TYPE.fullmatch(instance_type or "")
    if match is None or match[1] not in GIB_OF_LARGE:
        return None
    larges = {"medium": 0.5, "large": 1.0}.get(match[2]) or 2.0 * int(match[3] or 1)
    return int(GIB_OF_LARGE[match[1]] * larges * 1024)
