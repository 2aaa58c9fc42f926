"""Where `resolve_image` and the SDK differ on purpose.

Both lines of the SDK are asked: sagemaker-core, whose tables the catalogue is made of, and version 2. Where they differ
the image that exists wins, and docs/images.md lists the difference.

Some questions the tables do not define. Without a version the SDK takes what its tables list first or last, or an alias
`latest`, whatever the instance type; we take the newest version with an image for it. And where a framework has a
single version the SDK gives it whatever version is asked for; we refuse the others.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from dev.images import oracle, questions
from dev.images.answers import ONE_REGION_A_PARTITION, our_answer, table_of
from dev.images.oracle import Question
from dev.images.words import asking, ways_of_asking
from slipway.images.result import ResolvedImage

# Processors that an image runs on, and for which sagemaker-core refuses it.
# - huggingface-vllm-neuronx: version 2 of the SDK gives it for inf2, under a tag with `inf2` that was not published.
#   The published tag has `neuronx`: sagemaker-python-sdk pull request 5323.
# - llama-cpp-arm64: its repository says so; the SDK gives it for Graviton families that it does not know as such.
ADDED_PROCESSORS: Mapping[str, tuple[str, ...]] = {
    "huggingface-vllm-neuronx": ("inf2",),
    "llama-cpp-arm64": ("graviton",),
}
# Version 2 names a base framework that the image of this version was not published with: pull request 5323 has 2.8.0.
UNPUBLISHED = {("huggingface-neuronx", "pytorch2.7"), ("huggingface-neuronx", "pytorch2.7.1")}

# Its alias `latest` is the first-generation image, tag 1; ours is the newest of the framework.
NEWER_THAN_THE_SDK = {"xgboost"}


def known_difference(question: Question, theirs: str | None, ours: ResolvedImage | None) -> str | None:
    """Return in a word why the answers to a question differ, or None where they should not."""
    if ours is None:
        is_unpublished = (question.framework, question.base_framework_version) in UNPUBLISHED
        return "unpublished" if is_unpublished else None
    if question.framework in ADDED_PROCESSORS:
        return "added" if theirs is None or oracle.IS_VERSION_2 else None
    if not oracle.IS_VERSION_2:
        return None
    if theirs is None:
        return "newer"  # than version 2, which gets few new images
    if ours.stands_in:
        return "stand-in"
    return "alias" if theirs == _with_alias(ours, str(question.version)) else None


def _with_alias(ours: ResolvedImage, alias: str) -> str:
    """Return the URI as version 2 writes it for an alias of `huggingface`: with the alias in the tag."""
    return re.sub(r"(?<=-transformers)[0-9.]+(?=-)", alias, str(ours))


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
        for way in ways_of_asking(one_of_each_class=region != ONE_REGION_A_PARTITION[0]):
            yield asking(Question(framework, region, None, None, py_version, base), way)
