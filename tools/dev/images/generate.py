"""Write the catalogue that ships: one JSON file a framework, one entry a line, sorted."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.images import oracle, questions
from dev.images.differences import ADDED_PROCESSORS
from dev.images.rows import Row, rows_of
from slipway.images.processors import SERVERLESS, WITHOUT_INSTANCE_TYPE
from slipway.images.tables import CATALOGUE

LATEST = "latest"


def main() -> int:
    """Write the catalogue and print how large it is."""
    oracle.remember_files()
    sizes = {path.stem: path.stat().st_size for path in write_catalogue()}
    largest = max(sizes, key=lambda name: sizes[name])
    sys.stdout.write(
        f"{len(sizes)} frameworks from {oracle.sdk_version()}: {sum(sizes.values()):,} bytes, "
        f"the largest is {largest} with {sizes[largest]:,}\n"
    )
    return 0


def write_catalogue(folder: Path = Path(CATALOGUE)) -> list[Path]:
    """Write every framework's file, remove those of frameworks that are gone, and return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for framework in oracle.frameworks():
        path = folder / f"{framework}.json"
        path.write_text(text_of(framework), encoding="utf-8")
        written.append(path)
    for path in set(folder.glob("*.json")).difference(written):
        path.unlink()
    return written


def text_of(framework: str) -> str:
    """Return the contents of a framework's file; the same SDK gives the same text."""
    own, aliases = questions.versions(framework)
    rows = [_with_added_processors(framework, row) for row in rows_of(framework)]
    added = _rows_added(rows, own, aliases)
    registries, images = _numbered([*added, *rows])
    graviton = oracle.graviton_families()
    fields: Sequence[tuple[str, str]] = (
        ("framework", json.dumps(framework)),
        ("source", json.dumps(oracle.sdk_version())),
        (
            "aliases",
            json.dumps([version for version in dict.fromkeys(row.version for row in rows) if version in aliases]),
        ),
        ("added", json.dumps(sorted({row.version for row in added}))),
        ("graviton", json.dumps(graviton)),
        ("registries", _block("{}", (f"{json.dumps(name)}: {_accounts(of)}" for name, of in registries.items()))),
        ("images", _block("[]", (json.dumps(image) for image in images))),
    )
    return _block("{}", (f"{json.dumps(name)}: {value}" for name, value in fields)) + "\n"


def _with_added_processors(framework: str, row: Row) -> Row:
    words = [*row.processors.split(), *ADDED_PROCESSORS.get(framework, ())]
    without_type = [WITHOUT_INSTANCE_TYPE.family, SERVERLESS.family]
    processors = [*(word for word in words if word not in without_type), *(one for one in without_type if one in words)]
    return row._replace(processors=" ".join(processors))


def _rows_added(rows: Sequence[Row], own: set[str], aliases: set[str]) -> list[Row]:
    """Return the tag `latest` of a first-generation algorithm: one image, no Python version, tagged with its version.

    The SDK gives such an image's one version whatever is asked for. AWS publishes `latest` beside it.
    """
    if len(rows) != 1 or aliases or own != {"1"} or not rows[0].repository_and_tag.endswith(":1"):
        return []
    repository = rows[0].repository_and_tag.partition(":")[0]
    return [rows[0]._replace(version=LATEST, repository_and_tag=f"{repository}:{LATEST}")]


def _numbered(rows: Sequence[Row]) -> tuple[dict[str, Mapping[str, str]], list[list[str]]]:
    """Name each distinct map of accounts by its order of appearance, which new versions do not disturb."""
    registries: dict[str, Mapping[str, str]] = {}
    images = []
    for row in rows:
        name = next((name for name, accounts in registries.items() if accounts == row.accounts), None)
        if name is None:
            name = str(len(registries) + 1)
            registries[name] = row.accounts
        images.append([*row[:4], name, row.repository_and_tag, *filter(None, [row.stands_in])])
    return registries, images


def _accounts(accounts: Mapping[str, str]) -> str:
    lines = (f"{json.dumps(region)}: {json.dumps(account)}" for region, account in sorted(accounts.items()))
    return _block("{}", lines)


def _block(brackets: str, lines: object) -> str:
    return f"{brackets[0]}\n" + ",\n".join(lines) + f"\n{brackets[1]}"  # type: ignore[arg-type]
