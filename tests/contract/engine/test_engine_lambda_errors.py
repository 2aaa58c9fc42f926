"""A Lambda's exception reaches the state machine under its class name, as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.engine.laptop import Laptop

CODE = """
import os, signal

class Foo(Exception):
    pass

class Nested(Foo):
    pass

def handler(event, context):
    if event.get("raise") == "SIGKILL":
        os.kill(os.getpid(), signal.SIGKILL)
    if event.get("raise") == "Nested":
        raise Nested("of a subclass")
    if event.get("raise") == "Foo":
        raise Foo('with "quotes" and \\u00fc')
    if event.get("raise") == "KeyError":
        return {}["nothing"]
    return {"errorMessage": "not one", "errorType": "Foo", "process": os.getpid()}
"""


@pytest.fixture(scope="session")
def function(laptop: Laptop, role: str) -> str:
    return laptop.function("raises", role, CODE)


def invoke(function: str, raises: str, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": function, "Payload": {"raise": raises}}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, "End": True, **more}


def test_an_exception_is_caught_by_its_class_name(laptop: Laptop, role: str, function: str) -> None:
    caught = {"Type": "Succeed", "Output": "{% $states.input %}"}
    catch = [{"ErrorEquals": ["Foo"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}]

    done = laptop.run(role, "catches-foo", Invoke=invoke(function, "Foo", Catch=catch), Caught=caught)

    assert done["status"] == "SUCCEEDED", "check tools/slipway_local/engine/patches/lambda_functions.py"
    assert json.loads(done["output"])["Error"] == "Foo"


def test_the_cause_is_lambdas_error_document(laptop: Laptop, role: str, function: str) -> None:
    failed = laptop.run(role, "fails-with-foo", Invoke=invoke(function, "Foo"))

    cause = json.loads(failed["cause"])
    assert failed["error"] == "Foo"
    assert cause["errorType"] == "Foo"
    assert cause["errorMessage"] == 'with "quotes" and \u00fc'
    assert len(cause["stackTrace"]) == 1
    assert 'app.py", line 16, in handler\n    raise Foo(' in cause["stackTrace"][0]


@pytest.mark.parametrize(("raises", "message"), [("Nested", "of a subclass"), ("KeyError", "'nothing'")])
def test_the_name_is_the_class_of_the_exception_itself(
    laptop: Laptop, role: str, function: str, raises: str, message: str
) -> None:
    failed = laptop.run(role, f"fails-with-{raises}", Invoke=invoke(function, raises))

    assert failed["error"] == raises
    assert json.loads(failed["cause"])["errorMessage"] == message


def test_an_invocation_outside_a_workflow_has_the_same_document(laptop: Laptop, function: str) -> None:
    answer = laptop.client("lambda").invoke(FunctionName=function, Payload=b'{"raise": "Foo"}')

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Foo"


def test_an_answer_that_looks_like_an_error_is_an_answer(laptop: Laptop, function: str) -> None:
    answer = laptop.client("lambda").invoke(FunctionName=function, Payload=b"{}")

    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read())["errorMessage"] == "not one"


def test_a_function_that_raised_an_exception_answers_in_the_same_process(laptop: Laptop, role: str) -> None:
    function = laptop.function("raises-and-answers", role, CODE)

    def answer(payload: bytes) -> Any:
        return json.loads(laptop.client("lambda").invoke(FunctionName=function, Payload=payload)["Payload"].read())

    before = answer(b"{}")["process"]
    assert answer(b'{"raise": "Foo"}')["errorType"] == "Foo"

    assert answer(b"{}")["process"] == before


def test_a_function_that_does_not_import_is_an_error_too(laptop: Laptop, role: str) -> None:
    function = laptop.function("does-not-import", role, "import no_such_package\ndef handler(event, context): ...\n")

    failed = laptop.run(role, "does-not-import", Invoke=invoke(function, ""))

    assert failed["status"] == "FAILED"
    assert "no_such_package" in failed["cause"]


def test_a_killed_function_is_an_unknown_error_as_step_functions_documents(
    laptop: Laptop, role: str, function: str
) -> None:
    failed = laptop.run(role, "fails-killed", Invoke=invoke(function, "SIGKILL"))

    assert failed["error"] == "Lambda.Unknown"
    assert json.loads(failed["cause"])["errorType"] == "Runtime.ExitError"
