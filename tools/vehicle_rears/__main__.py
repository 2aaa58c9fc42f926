"""`python -m vehicle_rears ARCHIVE`: draw, train, pack, measure. The same code makes the same archive's figures."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import click

from slipway_local.hosting.environments import Environments
from vehicle_rears.pictures import Picture, picture
from vehicle_rears.scoring import score

TRAINING, HELD_OUT = range(1600), range(100_000, 100_200)  # pictures' numbers: none is in both
TOOLS = Path(__file__).parents[1]
# Weights depend on the order of sums, and that on the number of threads.
THREADS = "2"


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
def main(archive: Path) -> None:
    """Train the fixture of the object-detection tests and write it to ARCHIVE."""
    started = time.monotonic()
    python = Environments(tell=click.echo).python("mxnet", lambda _: None)
    with tempfile.TemporaryDirectory(prefix="vehicle-rears-") as temporary:
        folder = Path(temporary)
        (model_dir := folder / "model").mkdir()
        write(folder / "training", [picture(number) for number in TRAINING])
        _run(python, "vehicle_rears.training", folder / "training", model_dir)
        archive.write_bytes(pack(model_dir))
        click.echo(f"{archive.name}: {archive.stat().st_size:,} bytes, after {time.monotonic() - started:.0f} s")
        held_out = [picture(number) for number in HELD_OUT]
        write(folder / "held-out", held_out)
        answers = _run(python, "vehicle_rears.detecting", model_dir, folder / "held-out", shown=False)
    rows = [json.loads(line)["prediction"] for line in answers]
    result = score(zip([one.vehicles for one in held_out], rows, strict=True))
    click.echo(f"on {len(held_out)} pictures that it has not seen: {result}")


def write(folder: Path, pictures: list[Picture]) -> None:
    """Write the pictures as `<index>.jpg`, and what is on them as `truth.json`."""
    folder.mkdir()
    truth = {}
    for index, one in enumerate(pictures):
        (folder / f"{index}.jpg").write_bytes(one.jpeg)
        truth[f"{index}.jpg"] = [
            [vehicle.kind, vehicle.left, vehicle.top, vehicle.right, vehicle.bottom] for vehicle in one.vehicles
        ]
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


def pack(model_dir: Path) -> bytes:
    """Return the folder's files as a .tar.gz that depends on nothing but their names and contents."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as members:
        for file in sorted(model_dir.iterdir()):
            member = tarfile.TarInfo(file.name)
            member.size = file.stat().st_size
            with file.open("rb") as content:
                members.addfile(member, content)
    return gzip.compress(tar.getvalue(), mtime=0)


def _run(python: str, module: str, *arguments: Path, shown: bool = True) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(TOOLS), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": THREADS}
    command = [python, "-m", module, *map(str, arguments)]
    lines = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if shown:
                click.echo(line, nl=False)
    if process.returncode != 0:
        raise click.ClickException(f"{module} ended with exit code {process.returncode}.")
    return lines


if __name__ == "__main__":
    main()
