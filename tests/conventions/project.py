"""The project as data: its template, its workflow, its modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
TOOLS = ROOT / "tools"
TEMPLATE = ROOT / "template.yaml"
MACHINES = ("deploy_endpoint", "transform_batch", "roll_out")
DEFINITIONS = {machine: ROOT / "statemachine" / f"{machine}.asl.yaml" for machine in MACHINES}
DEFINITION = DEFINITIONS["deploy_endpoint"]
SCHEDULE = "AWS::Scheduler::Schedule"
LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke"

Json = dict[str, Any]


class CloudFormationLoader(yaml.CSafeLoader):
    """Reads !Ref, !Sub and their like as the long form that JSON templates have."""


def _intrinsic(loader: CloudFormationLoader, suffix: str, node: yaml.Node) -> Json:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        value = value.split(".", 1) if suffix == "GetAtt" else value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


CloudFormationLoader.add_multi_constructor("!", _intrinsic)


def read_yaml(text: str) -> Json:
    """Return a document; libyaml reads it in a tenth of the time of the parser in Python."""
    loaded: Json = yaml.load(text, CloudFormationLoader)  # a SafeLoader
    return loaded


def substituted(value: Any, values: Mapping[str, str]) -> Any:
    """Return a part of a template with the values in place of what Fn::Sub names."""
    if isinstance(value, list):
        return [substituted(one, values) for one in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: values[found[1]], value["Fn::Sub"])
    return {key: substituted(one, values) for key, one in value.items()}


@cache
def template() -> Json:
    """Return template.yaml with its intrinsic functions in the long form."""
    return read_yaml(TEMPLATE.read_text(encoding="utf-8"))


def resources(kind: str) -> Json:
    """Return the template's resources of a type, by logical id."""
    return {name: resource for name, resource in template()["Resources"].items() if resource["Type"] == kind}


def functions() -> Json:
    """Return the Lambda functions of the template, by logical id."""
    return resources("AWS::Serverless::Function")


@cache
def definition(machine: str = MACHINES[0]) -> Json:
    """Return a workflow's definition as it is before substitution."""
    return read_yaml(DEFINITIONS[machine].read_text(encoding="utf-8"))


def states(*machines: str) -> Json:
    """Return the states of one workflow, or of all, by name; of two of one name the first workflow's."""
    found: Json = {}
    for machine in machines or MACHINES:
        found = {**found, **{name: state for name, state in definition(machine)["States"].items() if name not in found}}
    return found


def tasks(*machines: str) -> Json:
    """Return the Task states by name, likewise."""
    return {name: state for name, state in states(*machines).items() if state["Type"] == "Task"}


def lambda_states(*machines: str) -> list[str]:
    """Return the names of the states that call a function of ours, likewise."""
    return [name for name, state in tasks(*machines).items() if state["Resource"] == LAMBDA_INVOKE]


def states_of_machines() -> list[tuple[str, str]]:
    """Return each state of each workflow, as workflow and name."""
    return [(machine, state) for machine in MACHINES for state in sorted(states(machine))]


def scheduled_functions() -> list[str]:
    """Return the names, without `Function`, of the functions that a schedule calls, in the template's order."""
    targets = [one["Properties"]["Target"]["Arn"] for one in resources(SCHEDULE).values()]
    return [name.removesuffix("Function") for name in functions() if {"Fn::GetAtt": [name, "Arn"]} in targets]


def event_functions() -> list[str]:
    """Return the names, without `Function`, of the functions that a rule calls, as the template has them in order."""
    rules = resources("AWS::Events::Rule").values()
    called = [target["Arn"] for rule in rules for target in rule["Properties"]["Targets"]]
    return [name.removesuffix("Function") for name in functions() if {"Fn::GetAtt": [name, "Arn"]} in called]


def api_functions() -> list[str]:
    """Return the names, without `Function`, of the functions that the HTTP API calls, in the template's order."""
    called = [one["Properties"].get("IntegrationUri") for one in resources("AWS::ApiGatewayV2::Integration").values()]
    return [name.removesuffix("Function") for name in functions() if {"Fn::GetAtt": [name, "Arn"]} in called]


def uncalled_by_the_workflow() -> list[str]:
    """Return the names of the functions that events, schedules and the HTTP API call, in that order."""
    return [*event_functions(), *scheduled_functions(), *api_functions()]


def folder_of(state: str) -> str:
    """Return `create_model` for `CreateModel`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()


def use_case_of(state: str) -> Path:
    """Return the module of a state's use case: the state's name, in the package of its capability."""
    (path,) = (FUNCTIONS / "slipway").glob(f"*/{folder_of(state)}.py")
    return path


def modules(folder: Path) -> list[Path]:
    """Return the Python files beneath a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def syntax_of(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def committed_files() -> Iterator[Path]:
    """Yield the files that .gitignore does not keep out; it holds names and patterns of names only."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    waiting = [ROOT]
    while waiting:
        for path in waiting.pop().iterdir():
            if path.name == ".git" or any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            if path.is_dir():
                waiting.append(path)
            else:
                yield path
