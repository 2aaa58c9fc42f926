"""`slipway` in this process, pointed at the stack by the environment as every AWS client is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result

from slipway_cli.main import main
from tests.integration.deployments import Account

Slipway = Callable[..., Result]


def command_line(account: Account) -> Slipway:
    """Return the command: it takes words, and what `CliRunner.invoke` takes."""
    return lambda *words, **options: CliRunner().invoke(main, words, env=account.environment, **options)


def said(result: Result) -> Any:
    """Return the JSON on standard output; fail the test when the command did."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
