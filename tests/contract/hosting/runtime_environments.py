"""Environments of images: when a test that needs one may be skipped."""

from __future__ import annotations

import os

import pytest

from slipway_local.hosting.environments import Environments

ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so, and makes them


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test where an environment is not made, but not in `make check`."""
    made = Environments().is_made(name)
    return pytest.mark.skipif(
        not made and not ALWAYS, reason=f"the environment {name} is not made: `make environments`"
    )
