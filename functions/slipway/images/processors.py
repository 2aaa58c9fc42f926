"""Which processor an instance type has, in the words that the catalogue uses.

A word is a class (`cpu`, `gpu`, `graviton`, `inf`, `trn`), one instance family (`p4d`), or the way of asking without
an instance type (`none`, `serverless`). `!p2` takes one family out of its class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from slipway.images.errors import InstanceTypeWithoutImage

CLASSES = ("cpu", "gpu", "graviton", "inf", "trn")
_INSTANCE_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.\w+")


class Asked(NamedTuple):
    """What is asked for: a family of instances, and the class it belongs to."""

    family: str
    processor: str

    def is_served_by(self, words: Sequence[str]) -> bool:
        """Say whether an image for these words runs on what is asked for."""
        return self.family in words or (self.processor in words and f"!{self.family}" not in words)


WITHOUT_INSTANCE_TYPE = Asked("none", "none")
SERVERLESS = Asked("serverless", "serverless")


def asked_processor(instance_type: str | None, graviton: Sequence[str], *, serverless: bool) -> Asked:
    """Classify an instance type as the SageMaker SDK does; `graviton` are the families it knows as Graviton.

    Serverless hosting has no instance type, so one that is given all the same is ignored.
    Raises InstanceTypeWithoutImage when it is not `ml.<family>.<size>`.
    """
    if serverless:
        return SERVERLESS
    if instance_type is None:
        return WITHOUT_INSTANCE_TYPE
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    if match is None:
        raise InstanceTypeWithoutImage(
            f"InstanceType {instance_type!r} is not an instance type: write it like ml.m5.xlarge."
        )
    return Asked(match[1], _class_of(match[1], graviton))


def _class_of(family: str, graviton: Sequence[str]) -> str:
    if family in graviton:
        return "graviton"
    if family.startswith(("inf", "trn")):
        return family[:3]
    return "gpu" if family.startswith(("g", "p")) else "cpu"
