"""Where `resolve_image` and the SDK differ on purpose: questions that the tables do not define.

Without a version the SDK takes what its tables list first or last, or an alias `latest`, whatever the instance type;
we take the newest version with an image for it. And where a framework has a single version the SDK gives it
whatever version is asked for; we refuse the others.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from dev.images import oracle, questions
from dev.images.answers import ONE_REGION_A_PARTITION, our_answer, table_of
from dev.images.oracle import Question
from dev.images.words import asking, ways_of_asking

# Its alias `latest` is the first-generation image, tag 1; ours is the newest of the framework.
NEWER_THAN_THE_SDK = {"xgboost"}


def count_defaults(framework: str) -> Counter[str]:
    """Count, for questions without a version: `equal`, `newer` than the SDK's, `ours` alone, and the SDK's `alone`."""
    table = table_of(framework)
    counts: Counter[str] = Counter()
    for question in _without_version(framework):
        theirs, ours = oracle.ask(question), our_answer(table, question)
        if theirs == ours:
            counts["equal"] += 1
        elif theirs and ours:
            counts["newer" if framework in NEWER_THAN_THE_SDK else "wrong"] += 1
        else:
            counts["ours" if ours else "alone"] += 1
    return counts


def takes_any_version(framework: str) -> bool:
    """Return whether the SDK answers for a version that the framework never had."""
    ways = (asking(Question(framework, "us-east-1", "0.0.0", None, None, None), way) for way in ways_of_asking())
    return any(oracle.ask(question) for question in ways)


def _without_version(framework: str) -> Iterator[Question]:
    pys = [None, *sorted(questions.py_versions(framework))]
    bases = [None, *sorted(questions.base_framework_versions(framework))]
    for py_version, base, region in itertools.product(pys, bases, ONE_REGION_A_PARTITION):
        for way in ways_of_asking():
            yield asking(Question(framework, region, None, None, py_version, base), way)
