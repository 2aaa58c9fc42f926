"""AWS's written rules as a Markdown table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slipway.planning.contract.aws_rules import AWS_RULES, AwsRule


def reference() -> str:
    """Return the counts by treatment, and one row per rule in the order of the table."""
    return "\n".join([*_counts(), "", "| call | rule | source | Slipway |", "| --- | --- | --- | --- |", *_rows()])


def _counts() -> Iterator[str]:
    counts = Counter(rule.treatment for rule in AWS_RULES)
    listed = ", ".join(f"{number} {treatment}" for treatment, number in counts.items())
    yield f"{len(AWS_RULES)} rules: {listed}."


def _rows() -> Iterator[str]:
    for rule in AWS_RULES:
        yield f"| {rule.operation} | {rule.rule} | {rule.source} | {_treated(rule)} |"


def _treated(rule: AwsRule) -> str:
    return f"**{rule.treatment}**: {rule.how}"
