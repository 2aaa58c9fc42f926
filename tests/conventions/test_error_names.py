"""Exception names are an interface: the workflow matches them exactly."""

from __future__ import annotations

import ast
import builtins
import re

import pytest

from slipway import errors
from slipway.errors import DeadlineExceeded, NotYet, Refused, SlipwayError, Superseded
from tests.conventions.exceptions import (
    ANY_CALL,
    documented_errors,
    error_classes,
    errors_to_retry,
    may_raise,
    not_yet,
    sagemaker_methods,
)
from tests.conventions.project import FUNCTIONS, Json, lambda_states, modules, states, syntax_of, tasks

FAMILIES = (Refused, NotYet, Superseded, DeadlineExceeded)
# Names that are not ours, and where AWS documents them.
DOCUMENTED = {
    # Step Functions developer guide, "Handling errors in Step Functions workflows".
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    # The same: what a function that ran out of time or memory is reported as, by older runtimes and by newer ones.
    "Lambda.Unknown",
    "Sandbox.Timedout",
    # The same guide, "Handle transient Lambda service exceptions" of the best practices.
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    # The same guide, "Using AWS SDK service integrations": <Service>.<Error>. SageMaker models no error for
    # DescribeEndpoint and AddTags, so that they arrive under the SDK's name for all others of the service.
    "SageMaker.SageMakerException",
    "SageMaker.SdkClientException",
}


def error_equals(state: Json, field: str) -> list[str]:
    return [name for entry in state.get(field, []) for name in entry["ErrorEquals"]]


@pytest.mark.parametrize("state", sorted(tasks()))
def test_every_name_that_the_workflow_matches_exists(state: str) -> None:
    names = set(error_equals(states()[state], "Retry") + error_equals(states()[state], "Catch"))
    assert names - set(error_classes()) - DOCUMENTED == set()


def test_every_documented_name_is_needed() -> None:
    used = {name for task in tasks().values() for field in ("Retry", "Catch") for name in error_equals(task, field)}
    assert used >= DOCUMENTED


@pytest.mark.parametrize("state", sorted(tasks()))
def test_what_is_refused_is_never_retried(state: str) -> None:
    retried = [error_classes()[name] for name in error_equals(states()[state], "Retry") if name in error_classes()]
    assert all(issubclass(kind, NotYet) for kind in retried)


@pytest.mark.parametrize("state", lambda_states())
def test_everything_that_is_not_yet_is_retried_by_its_state(state: str) -> None:
    assert errors_to_retry(state) - set(error_equals(states()[state], "Retry")) == set()


def test_every_error_is_in_one_family() -> None:
    for name, kind in error_classes().items():
        assert len([family for family in FAMILIES if issubclass(kind, family)]) == 1, name


def test_no_exception_is_outside_the_tree() -> None:
    known = {*error_classes(), SlipwayError.__name__}
    for path in modules(FUNCTIONS):
        for node in ast.walk(syntax_of(path)):
            if isinstance(node, ast.ClassDef) and is_exception(node):
                assert node.name in known, f"{path}: {node.name}"


def is_exception(node: ast.ClassDef) -> bool:
    builtin = [getattr(builtins, base.id, None) for base in node.bases if isinstance(base, ast.Name)]
    return any(isinstance(kind, type) and issubclass(kind, BaseException) for kind in builtin)


def test_the_tree_at_the_top_of_errors_is_the_code_s() -> None:
    drawn = ["SlipwayError"]  # the classes on the way to a line, from the root
    lines = re.findall(r"^    ([│ ]*)[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert len(lines) > len(FAMILIES)
    for indent, name in lines:
        drawn = drawn[: len(indent) // 4 + 1]
        assert [kind.__name__ for kind in error_classes()[name].__bases__] == drawn[-1:], name
        drawn.append(name)


def test_every_error_says_what_it_means() -> None:
    for name, kind in error_classes().items():
        assert kind.__doc__, name


def test_the_port_names_no_error_that_does_not_exist() -> None:
    for method in sagemaker_methods():
        assert documented_errors(method) <= set(error_classes())


USE_CASE = """
class Removal:
    def __init__(self, sagemaker: SageMaker): self._sagemaker = sagemaker
    def __call__(self):
        {line}
"""


@pytest.mark.parametrize(
    ("line", "raised"),
    [
        ("self._sagemaker.delete_endpoint('x')", {"EndpointBusy"}),
        ("sagemaker = self._sagemaker; remove(sagemaker.delete_endpoint)", {"EndpointBusy"}),
        ("raise EndpointBusy('x')", {"EndpointBusy"}),
        ("try: self._sagemaker.update_endpoint({})\n        except EndpointBusy: pass", set()),
        ("try: self._sagemaker.update_endpoint({})\n        except NotYet: pass", set()),
        ("try: pass\n        except NotFound: self._sagemaker.delete_endpoint('x')", {"EndpointBusy"}),
        ("raise ModelNameTaken('x')", set()),
    ],
)
def test_what_a_use_case_lets_out_is_seen(line: str, raised: set[str]) -> None:
    tree = ast.parse(USE_CASE.replace("{line}", line))
    assert may_raise(tree) == ANY_CALL | raised


def test_a_use_case_without_a_port_asks_aws_nothing() -> None:
    assert may_raise(ast.parse("def f(x: Settings): return x")) == set()
    assert not_yet({"ModelNameTaken", "EndpointBusy", "KeyError"}) == {"EndpointBusy"}
