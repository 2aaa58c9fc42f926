"""What holds for every run: its environment, its temporary folder, and what tests have to show at the end of it.

Handlers are imported as they are on AWS: under the stack's name, which Powertools reads when it is imported.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests import processes

# What a user has exported for AWS or for slipway is not for tests; what tests read themselves is.
FOR_TESTS = {
    "SLIPWAY_E2E_STACK",
    "SLIPWAY_EXHAUSTIVE",
    "SLIPWAY_FIRST_WORLD",
    "SLIPWAY_FUZZ_CASES",
    "SLIPWAY_RECORDINGS",
    "SLIPWAY_WORLDS",
}
TESTS = processes.PROJECT / "tests"
RUN_FIRST = ("integration", "contract", "workflow")
FAILED = pytest.StashKey[bool]()
FAILED_RUN = processes.PROJECT / ".local" / "failed-run"
SHOWN = tuple(f"Captured {name} call" for name in ("fault matrix", "burst", "fuzz", "image comparison", "recordings"))


def remove_user_settings() -> None:
    """Remove what the user has exported for AWS or for slipway, unless it is AWS that is tested."""
    if os.environ.get("SLIPWAY_E2E_STACK"):
        return
    for name in list(os.environ):
        if name.startswith(("AWS_", "SLIPWAY_")) and name not in FOR_TESTS:
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


# `make test` runs with few examples, and without what is marked `full`; `make check` runs everything. An example takes
# as long as it takes: hypothesis' own deadline, a fifth of a second, is passed on a busy machine.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("light", settings.get_profile("full"), max_examples=20)
settings.load_profile("full")
remove_user_settings()
os.environ["POWERTOOLS_SERVICE_NAME"] = "slipway"


def pytest_configure(config: pytest.Config) -> None:
    """Restore the signals, and put every temporary file of the run into a folder of its own."""
    processes.restore_signals()
    if not hasattr(config, "workerinput"):  # the workers of a run share its folder
        tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="slipway-tests-")
        config.add_cleanup(lambda: _remove_folder(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: a worker that has nothing left takes short tests from the end of the others.

    Tests that must be alone on the shared stack come first, while the other workers have tests without it.
    """
    ranks = {name: rank for rank, name in enumerate(RUN_FIRST)}
    items.sort(
        key=lambda item: (
            ranks.get(item.path.relative_to(TESTS).parts[0], len(ranks)),
            item.get_closest_marker("alone") is None,
        )
    )


def pytest_collection_finish() -> None:
    """Leave what is there before the first test, and stays, out of every garbage collection."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _remove_folder(config: pytest.Config) -> None:
    if config.stash.get(FAILED, False):
        shutil.rmtree(FAILED_RUN, ignore_errors=True)
        FAILED_RUN.parent.mkdir(exist_ok=True)
        shutil.move(tempfile.gettempdir(), FAILED_RUN)
    else:
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # an interrupted run's engine removes its own folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Show what tests have reported, whether they passed or not, and where the files of a failed run are."""
    config.stash[FAILED] = exitstatus == pytest.ExitCode.TESTS_FAILED
    if config.stash[FAILED]:
        terminalreporter.write_line(f"The files of this run will be in {FAILED_RUN}")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for title, text in report.sections:
                if title in SHOWN:
                    terminalreporter.write_sep("-", title)
                    terminalreporter.write_line(text)
