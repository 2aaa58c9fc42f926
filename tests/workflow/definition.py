"""What of the Amazon States Language the interpreter knows. Anything else in a definition is refused at once."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conventions.project import Json
from tests.workflow.failures import UnknownFeature

MACHINE = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
ANY_STATE = {"Type", "Comment"}
FIELDS = {
    "Pass": {"Assign", "Output", "Next", "End"},
    "Task": {"Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch", "Assign", "Output", "Next", "End"},
    "Choice": {"Choices", "Default", "Assign", "Output"},
    "Map": {
        "Label",
        "ItemReader",
        "MaxConcurrency",
        "ToleratedFailurePercentage",
        "ItemProcessor",
        "ResultWriter",
        "Assign",
        "Output",
        "Next",
    },
    "Wait": {"Seconds", "Timestamp", "Assign", "Output", "Next", "End"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}
CHOICE = {"Condition", "Next", "Assign", "Output", "Comment"}
RETRIER = {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy"}
CATCHER = {"ErrorEquals", "Next", "Assign", "Output", "Comment"}
NESTED = "arn:aws:states:::states:startExecution.sync:2"
RESOURCES = ("arn:aws:states:::lambda:invoke", "arn:aws:states:::events:putEvents", NESTED)
AWS_SDK = "arn:aws:states:::aws-sdk:"


def check(machine: Json) -> None:
    """Raise `UnknownFeature` for the first thing the interpreter would not run as Step Functions does."""
    for place, found, known in _fields(machine):
        if unknown := set(found) - known:
            raise UnknownFeature(f"{place} has {sorted(unknown)}")
    if machine.get("QueryLanguage") != "JSONata":
        raise UnknownFeature(f"QueryLanguage {machine.get('QueryLanguage')}")
    for name, state in machine["States"].items():
        _check_resource(name, state)
        _check_next(name, state, machine)
        if "ItemProcessor" in state:
            check(children_of(state))


def children_of(state: Json) -> Json:
    """Return the machine of a distributed Map's child executions."""
    processor = dict(state["ItemProcessor"])
    if processor.pop("ProcessorConfig") != {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}:
        raise UnknownFeature(f"a Map of {state['ItemProcessor']['ProcessorConfig']}")
    return {"QueryLanguage": "JSONata", **processor}


def _fields(machine: Json) -> Iterator[tuple[str, Json, set[str]]]:
    yield "the machine", machine, MACHINE
    for name, state in machine["States"].items():
        if state["Type"] not in FIELDS:
            raise UnknownFeature(f"{name} is a {state['Type']}")
        yield name, state, ANY_STATE | FIELDS[state["Type"]]
        for field, known in (("Choices", CHOICE), ("Retry", RETRIER), ("Catch", CATCHER)):
            yield from ((f"{field} of {name}", entry, known) for entry in state.get(field, []))


def _check_resource(name: str, state: Json) -> None:
    resource = state.get("Resource", RESOURCES[0])
    if resource not in RESOURCES and not resource.startswith(AWS_SDK):
        raise UnknownFeature(f"{name} calls {resource}")


def _check_next(name: str, state: Json, machine: Json) -> None:
    targets = [entry["Next"] for entry in state.get("Choices", []) + state.get("Catch", [])]
    targets += [state[field] for field in ("Next", "Default") if field in state]
    for target in targets:
        if target not in machine["States"]:
            raise UnknownFeature(f"{name} goes on to {target}, which is no state")
