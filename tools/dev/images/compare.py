"""Ask the SDK and `resolve_image` the same questions, and count.

For every framework with inference images, every pair of what can be asked is asked, and with `every_region` all of
it with all. In one region: every version and alias, by one of its Python versions and base framework versions and by
every instance family, none, and serverless; by the others that the version has, and by one that only other versions
have, one family of each class. In every other region: every version with one of its Python versions by one of these
ways, each in its turn, because the region decides on the registry, and the family and the Python version on the image.
The answers have to be equal, or both refusals, or differ for a reason that `dev.images.differences` knows.

In the environment of version 2 of the SDK its answers are compared, in one region of each partition.
"""

from __future__ import annotations

import itertools
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from typing import NamedTuple

from dev.images import differences, oracle, questions
from dev.images.answers import ONE_REGION_A_PARTITION, our_answer, table_of
from dev.images.oracle import Question
from dev.images.words import asking, ways_of_asking

SHOWN = 20


class Count(NamedTuple):
    """What comparing one version, or all, came to."""

    combinations: int
    answered: int
    stand_ins: int
    known: Counter[str]
    mismatches: list[str]


def compare_version(framework: str, version: str, every_region: bool) -> Count:
    """Ask everything that can be asked about one version, or alias, of a framework."""
    table = table_of(framework)
    combinations = answered = stand_ins = 0
    known: Counter[str] = Counter()
    mismatches = []
    for question in _questions(framework, version, every_region):
        expected, actual = oracle.ask(question), our_answer(table, question)
        combinations += 1
        answered += actual is not None
        stand_ins += bool(actual and actual.stands_in)
        if expected == actual:
            continue
        if difference := differences.known_difference(question, expected, actual):
            known[difference] += 1
        else:
            mismatches.append(f"{question}: the SDK says {expected}, we say {actual}")
    return Count(combinations, answered, stand_ins, known, mismatches)


def _questions(framework: str, version: str, every_region: bool) -> Iterator[Question]:
    py_valid, base_valid = questions.valid_for(framework, version)
    valid = set(itertools.product([None, *py_valid], [None, *base_valid]))
    tried = itertools.product(
        _with_another(py_valid, questions.py_versions(framework) | {"py3"}),
        _with_another(base_valid, questions.base_framework_versions(framework)),
    )
    of_each_class = ways_of_asking(one_of_each_class=True)
    turn = itertools.count(zlib.crc32(f"{framework} {version}".encode()))
    for py_version, base in tried:
        is_valid = (py_version, base) in valid
        is_asked_fully = is_valid and py_version == max(py_valid, default=None)
        for region in questions.regions() if is_valid and not oracle.IS_VERSION_2 else ONE_REGION_A_PARTITION:
            if every_region or (is_asked_fully and region == ONE_REGION_A_PARTITION[0]):
                ways = ways_of_asking()
            elif region == ONE_REGION_A_PARTITION[0]:
                ways = of_each_class
            elif is_asked_fully:
                ways = [of_each_class[next(turn) % len(of_each_class)]]
            else:
                continue
            for way in ways:
                yield asking(Question(framework, region, version, None, py_version, base), way)


def _with_another(valid: set[str], known: set[str]) -> list[str | None]:
    """Return what a version has, none, and one of the framework's that it has not."""
    return [None, *sorted(valid), *sorted(known - valid)[:1]]


def _defaults_line(defaults: Counter[str]) -> str:
    if not defaults:
        return "not compared, because version 2 of the SDK has no default"
    return (
        f"{defaults['equal']:,} equal, {defaults['newer']:,} newer than the SDK's "
        f"({', '.join(sorted(differences.NEWER_THAN_THE_SDK))}), {defaults['ours']:,} that only we answer, "
        f"{defaults['wrong'] + defaults['alone']:,} mismatches"
    )


def main(*, every_region: bool) -> int:
    """Compare the answers, print the counts, and fail if anything differs that should not."""
    started = time.monotonic()
    oracle.remember_files()
    frameworks = oracle.frameworks()
    versions = {name: sorted(set().union(*questions.versions(name))) for name in frameworks}
    asked = [(name, version, every_region) for name in frameworks for version in versions[name]]
    with Pool() as pool:
        counts = pool.starmap(compare_version, asked, chunksize=4)
        asked_without = [] if oracle.IS_VERSION_2 else frameworks
        defaults = sum(pool.map(differences.count_defaults, asked_without, chunksize=1), Counter[str]())
    mismatches = [line for count in counts for line in count.mismatches]
    any_version = [name for name in frameworks if differences.takes_any_version(name)]
    known = sum((count.known for count in counts), Counter[str]())
    for line in mismatches[:SHOWN]:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"{len(frameworks)} frameworks against {oracle.sdk_version()}: "
        f"{sum(count.combinations for count in counts):,} combinations, "
        f"{sum(count.answered for count in counts):,} answered "
        f"({sum(count.stand_ins for count in counts):,} of them marked as standing in), "
        f"{len(mismatches):,} mismatches\n"
        f"known differences: {', '.join(f'{number:,} {what}' for what, number in sorted(known.items())) or 'none'}\n"
        f"without a version: {_defaults_line(defaults)}\n"
        f"the SDK gives its one version for any version asked, we refuse: {', '.join(any_version)}\n"
        f"{time.monotonic() - started:.0f} s\n"
    )
    return 1 if mismatches or defaults["wrong"] or defaults["alone"] else 0
