"""What tests have to show at the end of a run: tables and figures, also when several processes run them.

Handlers are imported as they are on AWS: under the stack's name, which Powertools reads when it is imported.
"""

from __future__ import annotations

import os

import pytest

os.environ["POWERTOOLS_SERVICE_NAME"] = "slipway"

SHOWN = ("Captured fault matrix call", "Captured burst call", "Captured fuzz call", "Captured image comparison call")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have reported, whether they passed or not."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for title, text in report.sections:
                if title in SHOWN:
                    terminalreporter.write_sep("-", title)
                    terminalreporter.write_line(text)
