"""Draw a workflow as a Mermaid flowchart: the main path from top to bottom, the failure path beside it, dotted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from slipway_console.workflow import State, Transition, Workflow, drawn_states, drawn_transitions, read_workflow

DEFINITION = Path(__file__).parents[2] / "statemachine" / "deploy_endpoint.asl.yaml"
# Dense: the picture is shown in a column of about 800 pixels, and should fit on a screen or two.
CONFIG = '%%{init: {"flowchart": {"rankSpacing": 26, "nodeSpacing": 28, "padding": 8, "curve": "basis"}}}%%'

# Dark text on light fills reads on a light page and on a dark one.
STYLES = (
    "classDef task fill:#e8f0fe,stroke:#3b6fd4,color:#111",
    "classDef choice fill:#fff7e0,stroke:#b98900,color:#111",
    "classDef wait fill:#f1f1f1,stroke:#777,color:#111",
    "classDef success fill:#e3f6e5,stroke:#2e8540,color:#111,stroke-width:2px",
    "classDef failure fill:#fdeaea,stroke:#c33,color:#111,stroke-dasharray:4 3",
    "classDef failed fill:#fdeaea,stroke:#c33,color:#111,stroke-width:2px",
    "style Deployment fill:none,stroke:#999,stroke-dasharray:2 4",
)

# (before, after, class) by the state's type.
SHAPES = {
    "Task": ("[", "]", "task"),
    "Choice": ("{{", "}}", "choice"),
    "Wait": ("([", "])", "wait"),
    "Succeed": ("([", "])", "success"),
    "Fail": ("([", "])", "failed"),
}

# An arrow without a label, and with one.
SOLID = ("-->", '-- "{}" -->')
DOTTED = ("-.->", '-. "{}" .->')


def section(definition: Path = DEFINITION) -> str:
    """Return the diagram of a state machine as a section of a document."""
    return f"```mermaid\n{flowchart(read_workflow(definition.read_text(encoding='utf-8')))}\n```"


def flowchart(workflow: Workflow) -> str:
    """Return the flowchart's text; every state but Pass is in it, and every transition once."""
    drawn = drawn_states(workflow)
    failing = set(workflow.failure_path)
    lines = [CONFIG, "flowchart TD"]
    nodes = {name: _node(name, workflow.states[name], failing) for name in drawn}
    # Within the frame, any error leads to the failure path: one arrow for all Tasks.
    lines += ["  subgraph Deployment [ ]", *(f"    {nodes[name]}" for name in drawn if name not in failing), "  end"]
    lines += [f"  {nodes[name]}" for name in drawn if name in failing]
    if workflow.rescue:
        lines += [f"  Deployment -. any error .-> {workflow.rescue}"]
    lines += [f"  {_arrow(transition, failing)}" for transition in drawn_transitions(workflow)]
    return "\n".join([*lines, *(f"  {style}" for style in STYLES)])


def _node(name: str, state: State, failing: Iterable[str]) -> str:
    before, after, kind = SHAPES[state["Type"]]
    kind = "failure" if name in failing and kind != "failed" else kind
    seconds = f"<br/>{state['Seconds']} s" if isinstance(state.get("Seconds"), int) else ""
    return f'{name}{before}"{name}{seconds}"{after}:::{kind}'


def _arrow(transition: Transition, failing: Iterable[str]) -> str:
    plain, label = DOTTED if transition.target in failing else SOLID
    arrow = label.format(transition.label) if transition.label else plain
    return f"{transition.source} {arrow} {transition.target}"
