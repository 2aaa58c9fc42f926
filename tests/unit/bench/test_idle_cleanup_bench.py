"""What bench/idle_cleanup.py claims, and that its account answers as AWS pages do."""

from __future__ import annotations

import pytest
from bench import idle_cleanup as bench
from bench.simulated_account import KINDS, Account, kind_of

from tests.conventions.project import ROOT

README = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [1, 100, 2_777])
@pytest.mark.parametrize("name", bench.RUNS)
def test_what_is_idle_and_nothing_else_is_found_idle(name: str, size: int) -> None:
    found = bench.run(name, size)

    assert found["right"]
    assert found["deleted"] == min(20, sum(kind_of(number) == "idle" for number in range(size)))


@pytest.mark.parametrize("size", [100, 1_000])
def test_the_calls_are_those_of_the_documented_table(size: int) -> None:
    ours, peer = (bench.run(name, size) for name in ("slipway", "straightforward"))

    idle = sum(kind_of(number) == "idle" for number in range(size))
    calls = f"{bench.calls_of(ours)} | {bench.calls_of(peer):,}"
    assert f"\n| {size:,} | {idle} | {ours['deleted']} | {calls} |" in README


def test_calls_without_deletions_grow_with_pages() -> None:
    few, many = (bench.run("slipway", size) for size in (600, 2_400))

    # Closer looks, which are ten at most, do not grow.
    assert _assessing(many) - 10 <= 4 * (_assessing(few) - 10)


def _assessing(found: bench.Figures) -> int:
    return bench.calls_of(found) - 4 * found["deleted"]


def test_a_claim_that_does_not_hold_is_reported() -> None:
    bad = bench.Figures(calls={"ListTags": 10_000}, deleted=5, right=False, seconds=1.0, memory=512.0)

    assert list(bench.claims(bench.AIMED_AT, bad).values()) == [False, False, False]


def test_every_kind_is_in_every_hundred() -> None:
    assert {kind_of(number) for number in range(100)} == set(KINDS)


def test_pages_of_the_account_hold_everything_once() -> None:
    account = Account(1_001)
    names, token = list[str](), ""
    while True:
        page = account.list_metrics(MetricName="CPUUtilization", NextToken=token)
        assert len(page["Metrics"]) <= 500
        names += [metric["Dimensions"][0]["Value"] for metric in page["Metrics"]]
        token = page.get("NextToken", "")
        if not token:
            break

    assert len(set(names)) == sum(kind_of(number) != "serverless" for number in range(1_001))
