"""The packages of images, as the package index has them."""

from __future__ import annotations

import re
from operator import attrgetter

import pytest
from tests import processes

from slipway_local.hosting.environments import ONLY_WHEELS, PROJECT, Description, Environments, find_uv

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
(VERSIONS,) = re.findall(r"^VERSIONS := (.+)$", MAKEFILE, re.MULTILINE)
DESCRIBED = map(Environments().describe, Environments().names())


@pytest.mark.full
@pytest.mark.parametrize("description", [each for each in DESCRIBED if len(each.pythons) != 1], ids=attrgetter("name"))
def test_an_environment_can_be_made_with_each_python_that_it_may_have(description: Description) -> None:
    resolve = [find_uv(), "--no-config", "pip", "compile", "--quiet", *ONLY_WHEELS]

    for version in description.pythons or VERSIONS.split():
        processes.run([*resolve, "--python-version", version, "-"], input="\n".join(description.wheels))
