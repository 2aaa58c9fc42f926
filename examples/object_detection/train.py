"""Unpack a small model, which this project trained on drawings of vehicles, where `slipway deploy model` packs it.

A training job of the built-in algorithm writes the same files. Another archive may be passed.
"""

import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ARCHIVE = FOLDER.parents[1] / "tests" / "fixtures" / "vehicle-rears.tar.gz"

with tarfile.open(sys.argv[1] if len(sys.argv) > 1 else ARCHIVE) as packed:
    packed.extractall(FOLDER / "model", filter="data")
