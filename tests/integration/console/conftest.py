"""The console as its user has it: the real command on the local stack, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import processes
from tests.integration.console.browser import Screenshots
from tests.integration.deployments import Account

PROJECT = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so
PATIENCE = 120_000  # milliseconds: the machine may have more to do
REASON = "there is no Chromium: `make chromium` installs the system's"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a browser to `make check`, and out where there is none."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.full)
            if not CHROMIUM and not ALWAYS:
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="module")
def address(account: Account) -> Iterator[str]:
    """Return the address that `slipway console` prints; end it with Ctrl-C, as its user does."""
    description = account.description
    environment = processes.project_environment(
        AWS_ENDPOINT_URL=description.endpoint_url, AWS_REGION=description.region
    )
    command = [sys.executable, "-m", "slipway_cli.main", "console", "--port", "0", "--no-browser"]
    with processes.started(command, env=environment) as console:
        yield console.stdout.line().strip()
        console.send(signal.SIGINT)
        assert console.stdout.rest() == "Ctrl-C stops it.\n\nstopped\n"
        assert console.wait() == 0


# Of one module, because an event loop runs while it lives, and other tests start loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium without a window."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # In a container, where root runs everything, Chromium has no sandbox.
        started = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Return the console's page, opened; whatever it complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 820}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: complaints.append(request.url) if _is_elsewhere(request.url, address) else None)
    page.goto(address)
    yield page
    context.close()
    # A status that is an error is said in words on the page; Chromium says it in its console too.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


@pytest.fixture
def screenshots() -> Screenshots:
    """Return what stores screenshots for review."""
    return Screenshots(PROJECT / ".local" / "screenshots")


def _is_elsewhere(url: str, address: str) -> bool:
    return not url.startswith(address.split("?", 1)[0])
