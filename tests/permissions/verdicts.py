"""What becomes of the stack's work when one permission is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ministack.core.iam_evaluator import fnmatch_iam_cs

from slipway_local.iam.required_actions import RequiredAction
from tests.permissions.exercises import Exercise, Result
from tests.permissions.guard import PolicyGuard
from tests.permissions.roles import Permission, statements, without


@dataclass(frozen=True)
class Verdict:
    """`exercise` is where the permission is missed, and `difference` what is otherwise without it; else both empty."""

    permission: Permission
    exercise: str = ""
    difference: str = ""


class Trials:
    """Runs every exercise once with everything that is allowed, and those that need a permission again without it."""

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self._exercises = exercises
        self._clean: dict[str, Result] = {}
        self._asked: dict[str, set[tuple[str, RequiredAction]]] = {}
        self._verdicts: dict[Permission, Verdict] = {}
        for exercise in exercises:
            guard = PolicyGuard(statements())
            self._clean[exercise.name] = exercise.run(guard)
            self._asked[exercise.name] = guard.asked

    def outcomes(self) -> dict[str, str]:
        """Return how each exercise ends with everything that is allowed."""
        return {name: str(result["Outcome"]) for name, result in self._clean.items()}

    def verdict(self, permission: Permission) -> Verdict:
        """Return the first exercise that ends otherwise without the permission; each is tried once."""
        if permission not in self._verdicts:
            self._verdicts[permission] = self._tried(permission)
        return self._verdicts[permission]

    def _tried(self, permission: Permission) -> Verdict:
        for exercise in self._exercises:
            if any(_covers(permission, role, need) for role, need in self._asked[exercise.name]):
                result = exercise.run(PolicyGuard(without(permission)))
                clean = self._clean[exercise.name]
                if result != clean:
                    return Verdict(permission, exercise.name, _difference(clean, result))
        return Verdict(permission)


def _covers(permission: Permission, role: str, need: RequiredAction) -> bool:
    return (
        (role, need.action) == (permission.role, permission.action)
        and bool(fnmatch_iam_cs(need.resource, permission.resource))
    )  # fmt: skip


def _difference(clean: Result, result: Result) -> str:
    if clean["Outcome"] != result["Outcome"]:
        return f"{result['Outcome']} instead of {clean['Outcome']}"
    differing = [key for key in {**clean, **result} if clean.get(key) != result.get(key)]
    return f"{' and '.join(differing)} not as it should be"
