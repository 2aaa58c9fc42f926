"""The rules of failures as data."""

from __future__ import annotations

import re
import string

import pytest

from slipway.failure.failure_rules import LOG_RULES, REASON_RULES, VAGUE_RULES, LogRule, ReasonRule

GROUPS = {"package", "module", "object", "library", "file", "program", "action"}


@pytest.mark.parametrize("rule", [*REASON_RULES, *LOG_RULES, *VAGUE_RULES], ids=lambda rule: rule.name)
def test_every_remedy_is_a_sentence_and_quotes_what_the_pattern_finds(rule: ReasonRule | LogRule) -> None:
    pattern = rule.reason if isinstance(rule, ReasonRule) else rule.exception or rule.line
    quoted = {name for _, name, _, _ in string.Formatter().parse(rule.hint) if name}

    assert rule.hint[0].isupper() or rule.hint[0] == "{"
    assert rule.hint.endswith(".")
    assert quoted <= set(re.compile(pattern).groupindex) & GROUPS


@pytest.mark.parametrize("rule", LOG_RULES, ids=lambda rule: rule.name)
def test_a_rule_of_the_log_has_one_pattern_and_a_source(rule: LogRule) -> None:
    assert bool(rule.exception) != bool(rule.line)
    assert rule.source
