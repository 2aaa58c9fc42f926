"""Ask a trained model about pictures: run by MXNet's own Python as `... -m vehicle_rears.detecting MODEL_DIR PICTURES`.

Prints one line of JSON for each JPEG of the folder, in the order of their numbers: what the algorithm answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

from slipway_local.container.exchange import Request
from slipway_local.container.object_detection import ObjectDetection
from slipway_local.container.ssd_network import SsdNetwork


def main(model_dir: Path, pictures: Path) -> None:
    """Answer for every picture."""
    model = ObjectDetection(SsdNetwork(model_dir))
    for file in sorted(pictures.glob("*.jpg"), key=lambda file: int(file.stem)):
        reply = model.answer(Request(file.read_bytes(), "image/jpeg", ""))
        sys.stdout.write(f"{reply.body.decode()}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
