"""The shares that `slipway shift` is given as words."""

from __future__ import annotations

import click
import pytest

from slipway_cli.commands.shift import shares_of


def test_words_are_variants_and_their_percentages() -> None:
    assert shares_of(["B=20", "my-variant=0.5%"]) == {"B": 20, "my-variant": 0.5}


@pytest.mark.parametrize("word", ["B", "B=", "=20", "B=x", "B=101", "B=-1"])
def test_anything_else_is_a_usage_error(word: str) -> None:
    with pytest.raises(click.UsageError, match="is not a variant and its percentage"):
        shares_of([word])
