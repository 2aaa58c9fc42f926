"""Unpack a small model, which this project trained on drawings of vehicles, where `slipway deploy model` packs it.

A training job of the built-in algorithm writes the same files.
"""

import tarfile
from pathlib import Path

FOLDER = Path(__file__).parent
ARCHIVE = Path("tests") / "fixtures" / "vehicle-rears.tar.gz"

archive = next(folder / ARCHIVE for folder in FOLDER.resolve().parents if (folder / ARCHIVE).exists())
with tarfile.open(archive) as packed:
    packed.extractall(FOLDER / "model", filter="data")
