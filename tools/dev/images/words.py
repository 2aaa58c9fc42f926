"""From the instance families that one image answers for to the words of its row."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dev.images import oracle, questions
from dev.images.oracle import Question
from slipway.images.processors import CLASSES, SERVERLESS, WITHOUT_INSTANCE_TYPE, asked_processor

# A family without an exception shows whether a class word is used.
_TYPICAL = {**questions.UNSEEN, "graviton": "m6g"}


def ways_of_asking(*, one_of_each_class: bool = False) -> list[str]:
    """Return what an image can be asked for with: families, and the two ways without an instance type."""
    families = _TYPICAL.values() if one_of_each_class else questions.families()
    return [*families, WITHOUT_INSTANCE_TYPE.family, SERVERLESS.family]


def asking(question: Question, way: str) -> Question:
    """Return the question, asked for a family, without an instance type, or serverless."""
    instance_type = None if way in (WITHOUT_INSTANCE_TYPE.family, SERVERLESS.family) else f"ml.{way}.xlarge"
    return question._replace(instance_type=instance_type, serverless=way == SERVERLESS.family)


def words_for(ways: Collection[str]) -> str:
    """Return the shortest words that say these ways of asking and no other."""
    graviton = oracle.graviton_families()
    members: dict[str, list[str]] = {name: [] for name in CLASSES}
    for family in questions.families():
        members[asked_processor(f"ml.{family}.xlarge", graviton, serverless=False).processor].append(family)
    words = [word for name in CLASSES for word in _class_words(name, members[name], ways)]
    words += [way for way in (WITHOUT_INSTANCE_TYPE.family, SERVERLESS.family) if way in ways]
    return " ".join(words)


def _class_words(name: str, members: list[str], ways: Collection[str]) -> Iterator[str]:
    if _TYPICAL[name] in ways:
        yield name
        yield from (f"!{family}" for family in members if family not in ways)
    else:
        yield from (family for family in members if family in ways)
