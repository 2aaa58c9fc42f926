"""Every block of the documentation says what it is, so that its commands are run, or known to need AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents.blocks import PAGES, ROOT, blocks, faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_marked(page: Path) -> None:
    assert not [fault for block in blocks(page) for fault in faults(block)]
