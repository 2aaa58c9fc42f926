"""`slipway invoke`: where a drawn picture may be written is checked before any endpoint is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from slipway_cli.main import main

CONTENT = b"a picture"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "picture.png"
    file.write_bytes(CONTENT)
    return file


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("picture.png", "itself, which would be lost: pass another file."),
        ("../{folder}/picture.png", "itself, which would be lost: pass another file."),
        ("boxes.jpg", "--draw writes a PNG picture: write "),
        ("boxes", "boxes.png instead of "),
        ("nowhere/boxes.png", "nowhere, which is not a folder: create it, or pass another file."),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_endpoint_is_asked(
    picture: Path, drawn: str, said: str
) -> None:
    file = picture.parent / drawn.format(folder=picture.parent.name)

    # Where an endpoint would be asked, the exit code would be 3: there is no stack.
    result = CliRunner().invoke(main, ["invoke", "mine", str(picture), "--draw", str(file), "--region", "eu-west-1"])

    assert result.exit_code == 1
    assert said in result.stderr
    assert picture.read_bytes() == CONTENT
