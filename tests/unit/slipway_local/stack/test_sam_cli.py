from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.stack.errors import SamFailed
from slipway_local.stack.sam import SHOWN_LINES, Sam


def sam(tmp_path: Path, script: str) -> Sam:
    """Return a Sam whose CLI is a shell script."""
    cli = tmp_path / "bin" / "sam"
    cli.parent.mkdir()
    cli.write_text(f"#!/bin/sh\n{script}\n")
    cli.chmod(0o755)
    work = tmp_path / "work"
    (work / "build").mkdir(parents=True)
    (work / "build" / "template.yaml").write_text("Resources: {}")
    return Sam(tmp_path, work, {"PATH": f"{cli.parent}:/usr/bin:/bin"})


def test_the_cli_gets_the_configuration_and_the_build_folder(tmp_path: Path) -> None:
    sam(tmp_path, 'echo "$@"; echo "poll $SAM_CLI_POLL_DELAY"').build()

    log = (tmp_path / "work" / "sam.log").read_text()
    assert f"--config-file {tmp_path / 'samconfig.toml'} --config-env local" in log
    assert f"--build-dir {tmp_path / 'work' / 'build'}" in log
    assert "poll 0.2" in log


def test_what_is_built_already_is_built_again_when_a_source_has_changed(tmp_path: Path) -> None:
    built = sam(tmp_path, "echo once")
    source = tmp_path / "functions" / "plan" / "app.py"
    source.parent.mkdir(parents=True)
    for content in ("1", "1", "2", "2"):
        source.write_text(content)
        built.build()

    assert (tmp_path / "work" / "sam.log").read_text().count("once") == 2


def test_what_could_not_be_built_is_built_the_next_time(tmp_path: Path) -> None:
    failing = sam(tmp_path, "echo once; exit 1")
    for _ in range(2):
        with pytest.raises(SamFailed):
            failing.build()

    assert (tmp_path / "work" / "sam.log").read_text().count("once\n") == 2


def test_a_failure_shows_the_last_lines_and_where_all_of_them_are(tmp_path: Path) -> None:
    failing = sam(tmp_path, "seq 100; echo it broke >&2; exit 1")

    with pytest.raises(SamFailed) as failed:
        failing.deploy("artifacts")

    first, *tail = str(failed.value).splitlines()
    assert first == f"sam deploy failed ({tmp_path / 'work' / 'sam.log'} has all of it):"
    assert len(tail) == SHOWN_LINES
    assert tail[-1] == "it broke"
    assert "\n1\n2\n" in (tmp_path / "work" / "sam.log").read_text()


def test_a_failed_resource_is_shown_with_its_reason(tmp_path: Path) -> None:
    table = "CREATE_COMPLETE  Role\nCREATE_FAILED  Alarm  is not supported\nROLLBACK_IN_PROGRESS  Stack"
    failing = sam(tmp_path, f"echo '{table}'; seq 100; exit 1")

    with pytest.raises(SamFailed, match="all of it\\):\nCREATE_FAILED  Alarm  is not supported\n"):
        failing.deploy("artifacts")


def test_without_a_cli_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SamFailed, match="There is no sam on the PATH"):
        Sam(tmp_path, tmp_path, {"PATH": str(tmp_path)}).build()
