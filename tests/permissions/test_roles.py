"""Each role has what its work needs, and nothing that its work does not miss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conventions.project import ROOT
from tests.permissions.exercises import exercises
from tests.permissions.only_aws import MANAGED, ONLY_AWS
from tests.permissions.roles import managed_policies, permissions, statements
from tests.permissions.table import rows, section, sections
from tests.permissions.verdicts import Trials
from tests.workflow.worlds import worlds

DOCUMENT = ROOT / "docs" / "permissions.md"
WRITE_IT = "run make permissions"


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with worlds() as new_world:
        yield Trials(exercises(new_world))


# A role of a function, and one of a state machine.
LIGHT = ("CreateEndpointFunctionRole", "DeployEndpointRole")


@pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=() if role in LIGHT else pytest.mark.full, id=role) for role in sorted(statements())],
)
def test_something_fails_without_each_permission(trials: Trials, role: str) -> None:
    verdicts = [trials.verdict(permission) for permission in permissions(role)]
    unmissed = [verdict.permission for verdict in verdicts if not verdict.exercise]

    unneeded = [missed for missed in unmissed if (role, missed.action) not in ONLY_AWS]
    assert unneeded == [], "nothing fails without these: take them away, or add an exercise that misses them"
    found = section(role, rows(trials, role))
    assert sections(DOCUMENT.read_text(encoding="utf-8")).get(role) == found, WRITE_IT


def test_a_permission_that_only_aws_requires_is_allowed_and_untested_locally(trials: Trials) -> None:
    for role, action in ONLY_AWS:
        found = [permission for permission in permissions(role) if permission.action == action]
        assert found, f"{role} is not allowed {action}"
        assert [trials.verdict(one).exercise for one in found] == [""] * len(found), action


def test_every_role_has_a_section_and_no_other() -> None:
    assert sections(DOCUMENT.read_text(encoding="utf-8")).keys() == statements().keys(), WRITE_IT


def test_the_policies_that_sam_attaches_are_known() -> None:
    assert {name for names in managed_policies().values() for name in names} <= MANAGED.keys()


def test_with_all_that_is_allowed_nothing_is_denied(trials: Trials) -> None:
    assert [name for name, outcome in trials.outcomes().items() if "Denied" in outcome] == []
