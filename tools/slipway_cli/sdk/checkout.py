"""The checkout of the project that a command is run in: the local stack is started from its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway_cli.sdk.errors import ClientError

MARKS = ("template.yaml", "samconfig.toml", "tools/slipway_local/__main__.py")
OURS = Path(__file__).parents[3]  # of an editable installation


class NotInACheckout(ClientError):
    """The local stack is not part of the installed command: it needs the project's files."""


class CheckoutNotSetUp(ClientError):
    """The checkout lacks the environments that `make setup` makes."""


@dataclass(frozen=True)
class Checkout:
    """The project's folder."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return the interpreter of the project's own environment. Raises `CheckoutNotSetUp`."""
        python = self.folder / ".venv" / "bin" / "python"
        if not python.exists() or not (self.folder / ".tools" / "sam" / "bin" / "sam").exists():
            raise CheckoutNotSetUp(f"{self.folder} is not set up: run `make setup` there first.")
        return python

    def environment(self, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return what the local stack is started with: the project's tools first on the PATH."""
        folders = [self.folder / part / "bin" for part in (".venv", ".tools/sam", ".tools/uv")]
        path = os.pathsep.join([*map(str, folders), inherited.get("PATH", "")])
        tools = str(self.folder / "tools")
        return {**inherited, "PATH": path, "PYTHONPATH": tools, "PYTHONUNBUFFERED": "1", "SAM_CLI_TELEMETRY": "0"}


def find_checkout(folder: Path, ours: Path = OURS) -> Checkout:
    """Return the checkout that contains a folder, or this code (`ours`). Raises `NotInACheckout`."""
    for place in (folder, *folder.parents, ours):
        if all((place / mark).is_file() for mark in MARKS):
            return Checkout(place)
    raise NotInACheckout(
        f"{folder} is not in a checkout of Slipway, which the local stack needs: clone the project, and run this "
        "in its folder."
    )
