"""A screenshot of an explained failure for the README, from a real deployment to the local stack that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

import slipway

FILE = Path(__file__).parents[2] / "docs" / "pics" / "failure.png"
NAME = "fraud"
CODE = """import lightgbm


def model_fn(model_dir):
    return lightgbm.Booster(model_file=f"{model_dir}/model.txt")
"""
WIDTH, HEIGHT, COLOURS = 900, 500, 64
# The lines of the model's own code: the others have this machine's paths.
SHOW_OWN_CODE = """log => {
    const [text, range] = [log.firstChild, document.createRange()];
    range.setStart(text, text.data.indexOf('  File "/opt/ml/code'));
    log.style.cssText = "height: 5.4em; overflow: hidden";
    log.scrollTop += range.getBoundingClientRect().top - log.getBoundingClientRect().top;
}"""


def write_screenshot() -> int:
    """Deploy a model whose code lacks a module, and store what the web console shows of it."""
    deployment = _failed_deployment()
    command = [sys.executable, "-m", "slipway_cli.main", "console", "--local", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console:
        try:
            assert console.stdout
            _take(console.stdout.readline().strip(), deployment)
        finally:
            console.terminate()
    with Image.open(FILE) as picture:
        picture.convert("RGB").quantize(COLOURS).save(FILE, optimize=True)
    sys.stdout.write(f"{FILE} written, {FILE.stat().st_size:,} bytes\n")
    return 0


def _failed_deployment() -> str:
    with TemporaryDirectory() as folder:
        code = Path(folder) / "code" / "inference.py"
        code.parent.mkdir()
        code.write_text(CODE, encoding="utf-8")
        deployment = slipway.deploy(folder, name=NAME, framework="sklearn", wait=False, local=True)
    try:
        deployment.wait()
    except slipway.DeploymentFailed:
        return deployment.arn.rsplit(":", 1)[1]
    raise AssertionError("the deployment was expected to fail")


def _take(address: str, deployment: str) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, chromium_sandbox=os.geteuid() != 0)
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(address)
        page.evaluate("hash => { location.hash = hash }", f"#/deployments/{deployment}")
        page.locator(".failure").wait_for()
        page.locator(".failure .log").evaluate(SHOW_OWN_CODE)
        page.screenshot(path=FILE)
        chromium.close()
