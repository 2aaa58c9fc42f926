"""docs/errors.md has every name with which an execution can end, and no other."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dev.error_reference import error_classes, error_names, groups, reference
from slipway.failure.failure_rules import LOG_RULES, MODEL_CODE_FAILED, PING_STATUS_WRONG
from tests.conventions.project import DEFINITIONS, ROOT
from tests.conventions.test_error_names import DOCUMENTED
from tests.unit.failure.explanations import PING, endpoint_failed, explain

# Step Functions developer guide, "Handling errors in Step Functions workflows": nothing catches these; and what Lambda
# reports for a process that ended.
NOT_MATCHED = {
    "States.Runtime",
    "States.DataLimitExceeded",
    "States.QueryEvaluationError",
    "States.Permissions",
    "Runtime.ExitError",
}
WILDCARDS = {"States.ALL"}
ERRORS: dict[str, dict[str, Any]] = {name: error for group in groups() for name, error in group["errors"].items()}
# Names that stand for what AWS, or Python, names otherwise.
RAISED_AS = {
    "EndpointDeleted": "SageMaker.SageMakerException",
    "FunctionStopped": "Sandbox.Timedout",
    "StuckCreating": "DeadlineExceeded",
    "UnexpectedError": "KeyError",
}
OF_THE_LOG = {rule.name for rule in (*LOG_RULES, MODEL_CODE_FAILED, PING_STATUS_WRONG)}


def names_in_the_workflow() -> set[str]:
    """Return the names that the workflow itself gives."""
    text = "".join(file.read_text(encoding="utf-8") for file in DEFINITIONS.values())
    statuses = re.findall(r"described\.Status in \[(.*?)\]", text)
    assert statuses
    given = set(re.findall(r"^ +Error: (\w+)$", text, re.MULTILINE))
    return given | {f"Endpoint{status}" for status in re.findall(r"'(\w+)'", " ".join(statuses))}


def test_the_reference_is_closed() -> None:
    assert set(ERRORS) == error_names() | names_in_the_workflow() | (DOCUMENTED - WILDCARDS) | NOT_MATCHED


def test_a_name_stands_in_one_group() -> None:
    assert len(ERRORS) == sum(len(group["errors"]) for group in groups())


@pytest.mark.parametrize("name", ERRORS)
def test_every_name_has_a_cause_a_remedy_and_an_example(name: str) -> None:
    error = ERRORS[name]
    assert all(error[field].strip() for field in ("cause", "remedy", "example"))
    assert error["cause"].endswith(".")


@pytest.mark.parametrize("name", sorted(OF_THE_LOG))
def test_an_example_of_a_log_is_explained_by_its_name(name: str) -> None:
    assert endpoint_failed(PING, *ERRORS[name]["example"].splitlines())["Error"] == name


@pytest.mark.parametrize("name", sorted(error_names() - OF_THE_LOG))
def test_an_example_of_a_message_is_explained_by_its_name(name: str) -> None:
    state = "CreateModel" if name in error_classes() else "IsEndpointInService"
    given = {*error_classes(), *names_in_the_workflow()}

    explanation = explain(
        state, RAISED_AS.get(name, name if name in given else "EndpointFailed"), ERRORS[name]["example"]
    )

    assert explanation["Error"] == name


def test_the_document_has_the_reference() -> None:
    assert reference() in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
