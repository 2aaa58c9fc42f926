"""`slipway invoke`: send a file to an endpoint and print the response."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from slipway_cli.extras import console_extra
from slipway_cli.options import json_option, target_options
from slipway_cli.output.tables import print_json, print_table
from slipway_cli.output.terminal import console, plain
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.invoke import Answer, Box, boxes_in, content_type_of, invoke
from slipway_cli.sdk.samples import Payload, read_samples, recorded_sample, with_sample
from slipway_cli.sdk.target import TargetChoice, find_target

COLUMNS = ("CLASS", "SCORE", "LEFT", "TOP", "RIGHT", "BOTTOM")


class NothingToDraw(ClientError):
    """The answer holds no boxes."""


class DrawingRefused(ClientError):
    """The file that boxes are to be drawn into cannot be one, or should not."""


@click.command("invoke", epilog="Example: slipway invoke my-endpoint picture.jpg --draw boxes.png")
@click.argument("endpoint")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--content-type", help="Media type of FILE (default: by its suffix).")
@click.option("--accept", help="Media type of the response.")
@click.option("--component", help="The inference component that is to answer.")
@click.option("--draw", type=click.Path(dir_okay=False, path_type=Path), help="Draw the boxes into this PNG picture.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Upload FILE as a sample, and write it with this answer as its expectation into this JSON file.",
)
@click.option("--min-score", default=0.2, show_default=True, help="Draw boxes of this score or more.")
@click.option("--classes", help="Names of the classes, in their order, such as car,truck.")
@target_options
@json_option
def command(
    choice: TargetChoice,
    endpoint: str,
    file: Path,
    content_type: str | None,
    accept: str | None,
    component: str | None,
    draw: Path | None,
    record: Path | None,
    min_score: float,
    classes: str | None,
    as_json: bool,
) -> None:
    """Send FILE (- for standard input) to ENDPOINT and print its answer as it is.

    With --draw, the answer is object detection's: boxes, classes and scores are drawn into the picture and listed.
    With --record, the JSON file is a SmokeTest for slipway deploy --smoke-test: the next version has to answer as this.
    """
    if draw:
        _check(draw, file)
    if record and component:
        raise click.UsageError("--record and --component exclude each other: a SmokeTest invokes no components.")
    samples = read_samples(record) if record else []
    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    target, media_type = find_target(choice), content_type or content_type_of(file)
    answer = invoke(target, endpoint, body, media_type, accept, component)
    if record:
        sample = recorded_sample(target, endpoint, Payload(file.name, body, media_type, accept), answer)
        record.write_text(json.dumps({"Samples": with_sample(samples, sample)}, indent=2) + "\n", encoding="utf-8")
        click.echo(f"Wrote the sample {sample['Name']} into {record}: deploy with --smoke-test {record}", err=True)
    names = classes.split(",") if classes else []
    if draw:
        boxes = _drawn(draw, body, answer, names, min_score)
        if not as_json:
            click.echo(f"Wrote {draw}: {len(boxes)} boxes of {min_score} or more.", err=True)
            print_table(COLUMNS, [_row(box, names) for box in boxes], right=COLUMNS[1:])
            return
    if as_json:
        print_json(_as_fields(answer, draw))
    else:
        _print(answer)


def _check(draw: Path, file: Path) -> None:
    """Check the file before the endpoint is invoked. Raises `DrawingRefused`."""
    if draw.suffix.lower() != ".png":
        raise DrawingRefused(f"--draw writes a PNG picture: write {draw.with_suffix('.png')} instead of {draw}.")
    if draw.resolve() == file.resolve():
        raise DrawingRefused(f"--draw names the picture {draw} itself, which would be lost: pass another file.")
    if not draw.parent.is_dir():
        raise DrawingRefused(
            f"--draw names a file in {draw.parent}, which is not a folder: create it, or pass another file."
        )


def _drawn(file: Path, picture: bytes, answer: Answer, names: list[str], min_score: float) -> list[Box]:
    with console_extra("--draw"):
        from slipway_cli.sdk.boxes import draw_boxes  # noqa: PLC0415 - Pillow, which other invocations do not need

    boxes = boxes_in(answer.document)
    if boxes is None:
        raise NothingToDraw(
            f'The answer is not {{"prediction": [[class, score, ...]]}}, as boxes come: {_start(answer)}'
        )
    file.write_bytes(draw_boxes(picture, boxes, names=names, min_score=min_score))
    return [box for box in boxes if box.score >= min_score]


def _row(box: Box, names: list[str]) -> tuple[str, ...]:
    kind = names[box.kind] if 0 <= box.kind < len(names) else str(box.kind)
    return kind, f"{box.score:.3f}", *(f"{edge:.3f}" for edge in (box.left, box.top, box.right, box.bottom))


def _print(answer: Answer) -> None:
    """Write the body byte for byte, for a file or the next command; a terminal gets no control characters of it."""
    if sys.stdout.isatty():
        console().print(plain(answer.body.decode(errors="replace")))
    else:
        sys.stdout.buffer.write(answer.body)


def _as_fields(answer: Answer, drawn: Path | None) -> dict[str, Any]:
    return {
        "ContentType": answer.content_type,
        "InvokedProductionVariant": answer.variant,
        "Milliseconds": round(answer.milliseconds, 1),
        "Answer": answer.document if answer.document is not None else answer.body.decode(errors="replace"),
        "Drawn": str(drawn) if drawn else None,
    }


def _start(answer: Answer) -> str:
    return json.dumps(answer.body[:80].decode(errors="replace"))
