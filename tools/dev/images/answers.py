"""What `resolve_image` answers to a question, from tables that are read once."""

from __future__ import annotations

import functools

from dev.images.oracle import Question
from slipway.images.errors import ImageRefused
from slipway.images.processors import asked_processor
from slipway.images.resolve_image import look_up
from slipway.images.result import ResolvedImage
from slipway.images.tables import Table, load_table

ONE_REGION_A_PARTITION = (
    "us-east-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
)


@functools.cache
def table_of(framework: str) -> Table:
    """Return a framework's table; raise LookupError if the catalogue has none."""
    table = load_table(framework)
    if table is None:
        raise LookupError(f"{framework} is not in the catalogue")
    return table


def our_answer(table: Table, question: Question) -> ResolvedImage | None:
    """Return what `resolve_image` answers, or None where it refuses."""
    try:
        asked = asked_processor(question.instance_type, table.graviton, serverless=question.serverless)
        return look_up(
            table,
            question.region,
            question.version,
            asked,
            question.py_version,
            question.base_framework_version,
        )
    except ImageRefused:
        return None
