"""`python -m image_catalogue`: write the catalogue from the SDK of this environment."""

from __future__ import annotations

import sys

from image_catalogue import oracle
from image_catalogue.generate import write_catalogue


def main() -> None:
    """Write the catalogue and say how large it is."""
    oracle.remember_files()
    sizes = {path.stem: path.stat().st_size for path in write_catalogue()}
    largest = max(sizes, key=lambda name: sizes[name])
    sys.stdout.write(
        f"{len(sizes)} frameworks from {oracle.sdk_version()}: {sum(sizes.values()):,} bytes, "
        f"the largest is {largest} with {sizes[largest]:,}\n"
    )


if __name__ == "__main__":
    main()
