from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dev.workflow_diagram import flowchart
from slipway_console.workflow import Workflow, default_label, read_workflow, rule_label

DEFINITION = Path(__file__).parents[3] / "statemachine" / "deploy_endpoint.asl.yaml"

SMALL = """
StartAt: Note
States:
  Note: {Type: Pass, Next: Work}
  Work: {Type: Task, Next: IsDone, Catch: [{ErrorEquals: [States.ALL], Next: Explain}]}
  IsDone:
    Type: Choice
    Choices:
      - {Condition: "{% $status = 'Done' %}", Next: Report}
      - {Condition: "{% $late %}", Assign: {failure: {Error: DeadlineExceeded}}, Next: Explain}
      - {Condition: "{% $broken %}", Assign: {failure: {Error: Broken}}, Next: Explain}
    Default: Rest
  Rest: {Type: Wait, Seconds: 15, Next: Work}
  Report: {Type: Pass, Next: Done}
  Done: {Type: Succeed}
  Explain: {Type: Task, Next: Failed, Catch: [{ErrorEquals: [States.ALL], Next: Failed}]}
  Failed: {Type: Fail}
"""


@pytest.fixture
def small() -> Workflow:
    return read_workflow(SMALL)


def lines_of(picture: str) -> list[str]:
    return [line.strip() for line in picture.splitlines()]


def test_the_failure_path_is_what_only_failing_executions_go_through(small: Workflow) -> None:
    assert small.rescue == "Explain"
    assert small.main_path == ["Note", "Work", "IsDone", "Rest", "Report", "Done"]
    assert small.failure_path == ["Explain", "Failed"]


def test_the_main_path_is_solid_and_goes_around_pass_states(small: Workflow) -> None:
    picture = lines_of(flowchart(small))
    assert "Work --> IsDone" in picture
    assert 'IsDone -- "Done" --> Done' in picture
    assert not [line for line in picture if line.startswith(("Note", "Report"))]


def test_the_wait_loop_is_drawn_with_its_seconds(small: Workflow) -> None:
    picture = lines_of(flowchart(small))
    assert 'Rest(["Rest<br/>15 s"]):::wait' in picture
    assert 'IsDone -- "otherwise" --> Rest' in picture
    assert "Rest --> Work" in picture


def test_the_failure_path_is_dotted_and_outside_of_the_frame(small: Workflow) -> None:
    picture = lines_of(flowchart(small))
    assert 'IsDone -. "DeadlineExceeded<br/>Broken" .-> Explain' in picture
    assert picture.index('Explain["Explain"]:::failure') > picture.index("end")


def test_every_catch_of_the_main_path_is_one_arrow(small: Workflow) -> None:
    picture = lines_of(flowchart(small))
    assert picture.count("Deployment -. any error .-> Explain") == 1
    assert picture.count("Explain -.-> Failed") == 1
    assert not [line for line in picture if line.startswith("Work -.")]


def test_a_catch_that_goes_somewhere_else_is_drawn() -> None:
    picture = lines_of(
        flowchart(
            read_workflow(
                "StartAt: A\n"
                "States:\n"
                "  A: {Type: Task, Next: B, Catch: [{Next: Explain}]}\n"
                "  B: {Type: Task, Next: C, Catch: [{Next: Explain}, {Next: D}]}\n"
                "  C: {Type: Succeed}\n"
                "  D: {Type: Succeed}\n"
                "  Explain: {Type: Fail}\n"
            )
        )
    )
    assert "B --> D" in picture
    assert "B --> C" in picture


def test_a_workflow_that_catches_nothing_has_no_failure_path() -> None:
    workflow = read_workflow("StartAt: A\nStates: {A: {Type: Wait, Next: B}, B: {Type: Succeed}}")
    assert workflow.failure_path == []
    assert "any error" not in flowchart(workflow)


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ({"Condition": "{% $endpoint.Action = 'Busy' %}"}, "Busy"),
        ({"Condition": "{% $status in ['Failed', 'Deleting'] %}"}, "Failed or Deleting"),
        ({"Condition": "{% $exists($plan.X) %}"}, "yes"),
        ({"Condition": "{% $status != 'Failed' %}"}, "yes"),
        ({"Condition": "{% $status = 'Failed' %}", "Comment": "gone"}, "gone"),
        ({"Condition": "{% $late %}", "Assign": {"failure": {"Error": "DeadlineExceeded"}}}, "DeadlineExceeded"),
        ({"Condition": "{% $s = 'x' %}", "Assign": {"failure": {"Error": "{% 'E' & $s %}"}}}, ""),
    ],
)
def test_a_rule_has_a_short_label(rule: dict[str, object], label: str) -> None:
    assert rule_label(rule, alone=True) == label


def test_a_yes_leaves_no_and_a_value_leaves_otherwise() -> None:
    assert default_label([{"Condition": "{% $exists($plan.X) %}"}]) == "no"
    assert default_label([{"Condition": "{% $a = 'Busy' %}"}]) == "otherwise"


def test_the_real_workflow_is_drawn_whole() -> None:
    # Given the workflow that ships
    text = DEFINITION.read_text(encoding="utf-8")
    states = yaml.safe_load(text)["States"]
    # When it is drawn
    picture = flowchart(read_workflow(text))
    # Then every state that does or decides something is in it once, and labels stay short
    nodes = [line.split(":::")[0] for line in lines_of(picture) if ":::" in line]
    drawn = [node[: next(at for at, character in enumerate(node) if character in "[{(")] for node in nodes]
    assert sorted(drawn) == sorted(name for name, state in states.items() if state["Type"] != "Pass")
    labels = [part for line in picture.splitlines() if "> " in line for part in line.split('"')[1:2]]
    assert max(len(words) for label in labels for words in label.split("<br/>")) <= 30
    assert "ExplainFailure -.-> IsPreviousConfigToRestore" in picture
