"""The causes of failures: names of their own, and each can be found."""

from __future__ import annotations

from slipway.failure.failure_rules import CAUSES, Cause


def test_every_cause_has_a_name_of_its_own_and_a_remedy_in_a_sentence() -> None:
    names = [cause.name for cause in CAUSES]

    assert len(names) == len(set(names))
    assert all(cause.hint[0].isupper() and cause.hint.endswith(".") for cause in CAUSES)


def test_every_cause_looks_for_something() -> None:
    assert all(cause.reason or cause.log for cause in CAUSES)


def test_a_cause_that_asks_for_a_reason_and_a_line_needs_both() -> None:
    cause = Cause("Name", "Hint.", "did not pass", "MemoryError")

    assert cause.matches("it did not pass", ["started", "MemoryError: 5"])
    assert not cause.matches("it did not pass", ["started"])
    assert not cause.matches("it failed", ["MemoryError"])


def test_a_cause_that_asks_for_silence_is_not_one_where_the_container_spoke() -> None:
    cause = Cause("Name", "Hint.", "deadline", is_silent=True)

    assert cause.matches("the deadline", [])
    assert not cause.matches("the deadline", ["started"])


def test_specific_causes_stand_before_the_general_one_of_the_same_reason() -> None:
    names = [cause.name for cause in CAUSES]

    general = names.index("ContainerFailedPing")
    assert max(names.index("ContainerImportError"), names.index("ContainerOutOfMemory")) < general
