"""Worlds on clients that are made once; while there are worlds, this process lives in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from tests.workflow.aws import ENVIRONMENT, AwsInProcess, spend_no_real_time
from tests.workflow.clock_in_modules import read_virtual_time
from tests.workflow.virtual_time import START
from tests.workflow.world import CREATION_SECONDS, World

MakeWorld = Callable[..., World]


@contextmanager
def worlds() -> Iterator[MakeWorld]:
    """Give a maker of worlds; a new one ends the one before."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        aws = AwsInProcess()

        def settle() -> None:
            if isinstance(aws.world, World):
                aws.world.settle()

        def make(
            seed: int = 0, creation_seconds: float = CREATION_SECONDS, variables: Mapping[str, str] | None = None
        ) -> World:
            settle()
            return World(aws, seed, creation_seconds, variables)

        spend_no_real_time(patch)
        read_virtual_time(patch, lambda: aws.world.time.now() if isinstance(aws.world, World) else START)
        yield make
        settle()
