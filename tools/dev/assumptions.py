"""The ledger of assumptions as Markdown tables: what is probed, and what is not."""

from __future__ import annotations

from collections.abc import Iterator

from slipway_cli.doctor.assumptions import ASSUMPTIONS, NOT_PROBED, cost_of


def reference() -> str:
    """Return the count and the cost, one row per assumption, and one per question without a probe."""
    return "\n".join(
        [
            f"{len(ASSUMPTIONS)} assumptions. All probes together cost about ${cost_of(ASSUMPTIONS):.2f}.",
            "",
            "| id | assumption | expected | calls | $ | what depends on it |",
            "| --- | --- | --- | --- | --- | --- |",
            *_rows(),
            "",
            "What AWS leaves open and no probe asks for:",
            "",
            "| question | why not |",
            "| --- | --- |",
            *(f"| {question} | {reason} |" for question, reason in NOT_PROBED),
        ]
    )


def _rows() -> Iterator[str]:
    for one in ASSUMPTIONS:
        expected = " or ".join(one.expected)
        yield f"| {one.key} | {one.assumption} | {expected} | {one.calls} | {cost_of([one]):.2f} | {one.depends} |"
