"""From the SDK's answers about one framework to the rows of its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dev.images import oracle, questions
from dev.images.oracle import Question
from dev.images.words import asking, ways_of_asking, words_for
from slipway.images.partitions import registry_host

# Every image is in one of these; a version that answers in none of them stops the generator.
LIKELY_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
ANY = "any"  # asked for as a version of something: answered only where the SDK ignores it


class Row(NamedTuple):
    """One image: what one asks for to get it, its `repository:tag`, and its account in each region.

    `stands_in` says what it is instead, where the SDK answers with another image than the one asked for.
    """

    version: str
    base_framework_version: str
    py_version: str
    processors: str
    repository_and_tag: str
    accounts: Mapping[str, str]
    stands_in: str


class Unanswered(Exception):
    """The SDK's table has a version that its resolver answers nothing for."""


def rows_of(framework: str) -> list[Row]:
    """Return a framework's rows, versions ascending by their numbers."""
    own, aliases = questions.versions(framework)
    rows: list[Row] = []
    for version in sorted(own | aliases, key=version_order):
        of_version = sorted(_rows_of_version(framework, version), key=lambda row: row[:4])
        if not of_version:
            raise Unanswered(f"{framework} {version}")
        rows.extend(of_version)
    return rows


def version_order(version: str) -> list[tuple[int, int, str]]:
    """Order versions by their numbers, 1.9.1 before 1.10.0, and words such as `latest` first."""
    parts = re.findall(r"\d+|[a-z]+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def _rows_of_version(framework: str, version: str) -> Iterator[Row]:
    """Yield one row for each image and each base framework and Python version that it has to be asked for with.

    A way of asking that is answered whatever the Python version is has rows without one; so a version may have
    an image for Graviton that needs a Python version and one for CPU that ignores it.
    """
    open_ways = ways_of_asking()
    for base in [ANY, *sorted(questions.base_framework_versions(framework))]:
        still_open = open_ways
        for py_version in [ANY, *sorted(questions.py_versions(framework))]:
            question = Question(framework, "", version, None, py_version, base)
            ways_of = _ways_of_images(question, still_open)
            yield from (_row(question, image, ways) for image, ways in ways_of.items())
            answered = {way for ways in ways_of.values() for way in ways}
            if py_version == ANY:
                still_open = [way for way in still_open if way not in answered]
            if base == ANY:
                open_ways = [way for way in open_ways if way not in answered]


def _ways_of_images(question: Question, ways: Sequence[str]) -> dict[str, list[str]]:
    """Return the `repository:tag` of each image that answers, with the ways of asking it answers for."""
    for region in LIKELY_REGIONS:
        ways_of: dict[str, list[str]] = {}
        for way in ways:
            uri = oracle.ask(asking(question._replace(region=region), way))
            if uri is not None:
                ways_of.setdefault(uri.partition("/")[2], []).append(way)
        if ways_of:
            return ways_of
    return {}


def _row(question: Question, image: str, ways: Sequence[str]) -> Row:
    asked = asking(question, ways[0])
    accounts = _accounts(asked, image)
    return Row(
        version=str(question.version),
        base_framework_version=_unless_any(question.base_framework_version),
        py_version=_unless_any(question.py_version),
        processors=words_for(ways),
        repository_and_tag=image,
        accounts=accounts,
        stands_in=_stands_in(asked._replace(region=next(iter(accounts))), image),
    )


def _accounts(question: Question, image: str) -> dict[str, str]:
    """Return the account of the image in each region, having seen that nothing else depends on the region."""
    accounts = {}
    for region in questions.regions():
        uri = oracle.ask(question._replace(region=region))
        if uri is not None:
            accounts[region] = uri.partition(".")[0]
            expected = f"{registry_host(accounts[region], region)}/{image}"
            if uri != expected:
                raise ValueError(f"{uri} is not the expected {expected}")
    return accounts


def _stands_in(question: Question, image: str) -> str:
    """Say what the image is, if it is not the one asked for: a training image, or the only version there is."""
    if oracle.is_training_image(image):
        return "only a training image"
    only = questions.only_versions(question.framework)
    any_version = oracle.ask(question._replace(version=ANY))
    is_one = any(question.version in names for names in only.values())
    if is_one or any_version is None or any_version.partition("/")[2] != image:
        return ""
    return f"only version {' or '.join(sorted(only))}"


def _unless_any(value: str | None) -> str:
    return "" if value in (None, ANY) else str(value)
