"""Tables on a terminal of some width, and in a pipe."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from slipway.deployment.names import content_addressed_name
from slipway_cli.output.abbreviations import short_artifact, short_version
from slipway_cli.output.tables import age, print_json, print_table

COLUMNS = ("ENDPOINT", "STATUS", "HOSTING")
LONG = "an-endpoint-whose-name-is-about-as-long-as-names-may-be"
ROWS = [(LONG, "InService", "ml.m5.large x 1"), ("short", "Failed", "ml.m5.large x 12")]
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the output be a terminal of 60 columns."""
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "60", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


@pytest.mark.usefixtures("terminal")
def test_a_narrow_terminal_folds_what_may_be_folded_and_nothing_else(capsys: Captured) -> None:
    print_table(COLUMNS, ROWS, whole=("STATUS", "HOSTING"))

    lines = [ESCAPES.sub("", line) for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= 60
    assert "".join(line[: lines[0].index("STATUS")].strip() for line in lines[1:]).startswith(LONG)
    assert sum("ml.m5.large x 1" in line for line in lines) == 2


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            60,
            [
                "ENDPOINT STATUS    HOSTING",
                "short    InService ml.m5.large x 1",
                "  model.tar.gz  a sentence that is long",
            ],
        ),
        (30, ["short", "STATUS   InService", "HOSTING  ml.m5.large x 1", "ARTIFACT model.tar.gz"]),
    ],
)
def test_what_does_not_fit_is_below_its_row_or_the_row_is_a_block(
    terminal: pytest.MonkeyPatch, capsys: Captured, width: int, lines: list[str]
) -> None:
    terminal.setenv("COLUMNS", str(width))

    row = ("short", "InService", "ml.m5.large x 1", "model.tar.gz", "a sentence that is long")
    print_table((*COLUMNS, "ARTIFACT", "MESSAGE"), [row], whole=COLUMNS, details=("ARTIFACT", "MESSAGE"))

    printed = [ESCAPES.sub("", line) for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, printed)) <= width
    assert [line.strip() for line in printed[: len(lines)]] == [line.strip() for line in lines]


@pytest.mark.usefixtures("terminal")
def test_statuses_are_coloured(capsys: Captured) -> None:
    print_table(COLUMNS, ROWS)

    said = capsys.readouterr().out
    assert "\x1b[32mInService" in said
    assert "\x1b[1;31mFailed" in said


def test_no_color_is_respected(terminal: pytest.MonkeyPatch, capsys: Captured) -> None:
    terminal.setenv("NO_COLOR", "1")
    print_table(COLUMNS, ROWS)

    assert "[32m" not in capsys.readouterr().out


def test_a_pipe_gets_whole_lines_without_colour(capsys: Captured) -> None:
    print_table(COLUMNS, ROWS)

    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == list(COLUMNS)
    assert first.split(maxsplit=2) == list(ROWS[0])
    assert second.split(maxsplit=2)[2].rstrip() == "ml.m5.large x 12"


def test_what_others_wrote_is_no_markup_and_moves_no_cursor(capsys: Captured) -> None:
    print_table(("NAME",), [("[red]x[/red] \x1b[2J\r",)])

    said = capsys.readouterr().out
    assert "[red]x[/red]" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=61), "1 h"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_an_age_is_said_in_the_unit_that_fits(length: timedelta, said: str) -> None:
    assert age(length) == said


def test_times_in_json_are_iso_8601(capsys: Captured) -> None:
    print_json({"At": datetime(2026, 11, 1, tzinfo=UTC)})

    assert '"2026-11-01T00:00:00+00:00"' in capsys.readouterr().out


def test_a_version_is_short_where_slipway_named_it() -> None:
    name = content_addressed_name("my-endpoint", {"a": 1})

    assert name == f"my-endpoint-{short_version(name)}"
    assert (short_version("of-another-tool"), short_version("")) == ("of-another-tool", "-")


@pytest.mark.parametrize(
    ("artifact", "short"),
    [
        ("s3://bucket/models/digits/model.tar.gz@v1", "model.tar.gz"),
        ("arn:aws:sagemaker:us-east-1:123456789012:model-package/my-models/3", "my-models/3"),
        ("", "-"),
    ],
)
def test_an_artifact_is_short(artifact: str, short: str) -> None:
    assert short_artifact(artifact) == short
