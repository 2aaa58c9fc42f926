"""What is printed of a deployment, live and in the end, on a terminal and in a pipe."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from tests.fakes.step_functions import FakeStepFunctions, recorded, target_of

from slipway_cli.output.failures import Interrupted, Unreached
from slipway_cli.output.follow_view import follow
from slipway_cli.output.outcome_view import print_labelled, print_outcome
from slipway_cli.output.step_table import steps_table
from slipway_cli.output.terminal import Pipe, plain
from slipway_cli.sdk.execution_watcher import EndpointSnapshot, ExecutionSnapshot
from slipway_cli.sdk.executions import Execution, execution_of
from slipway_cli.sdk.target import Target, TargetChoice

NOW = datetime(2026, 11, 22, 22, 44, 55, tzinfo=UTC)
LOCAL = TargetChoice(local=True)


class Terminal(Console):
    """A terminal of some columns that keeps what is printed."""

    def __init__(self, columns: int = 80, **options: Any) -> None:
        self.printed = io.StringIO()
        super().__init__(file=self.printed, width=columns, force_terminal=True, highlight=False, **options)

    @property
    def lines(self) -> list[str]:
        """Return what is seen, without colours."""
        return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in self.printed.getvalue().splitlines()]


class Serving:
    """A SageMaker with one endpoint."""

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        return {"EndpointStatus": "InService", "EndpointConfigName": "digits-1"}


def execution(name: str, events: int | None = None, **changes: Any) -> Execution:
    one = recorded(name)
    return execution_of({**one["description"], **changes}, one["events"][:events])


def running(fake: FakeStepFunctions) -> tuple[Target, str]:
    """Return a target on this machine, and the execution in it, of which five events have happened."""
    arn = next(iter(fake.executions))
    fake.shown[arn] = 5
    target = target_of(stepfunctions=fake, sagemaker=Serving())
    target.endpoint_url = "http://127.0.0.1:4566"
    return target, arn


@pytest.mark.parametrize("columns", [80, 120])
def test_a_failure_fits_the_terminal_and_says_what_to_do(columns: int) -> None:
    screen = Terminal(columns, no_color=True)

    print_outcome(screen, execution("failed"))

    text = " ".join(" ".join(screen.lines).split())
    assert max(map(len, screen.lines)) <= columns
    for words in ("ContainerFailedPing", "Read the log lines:", "the model is upside down", "Model digits-"):
        assert words in text
    assert text.count("Log ") == 1


def test_in_a_pipe_each_line_is_whole_and_labelled(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(Pipe(width=10_000, highlight=False), execution("failed"))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ContainerFailedPing: the deployment of digits failed after 21 s"
    assert [line.split()[0] for line in lines[1:]] == ["Message", "Hint", "Log", "Log", "Log", "Log", "Removed"]
    assert not any(line != line.rstrip() or "\x1b" in line for line in lines)


def test_the_warnings_of_a_failed_deployment_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    failed = execution("failed")
    warning = "The tags of Endpoint digits still name the deployment before (SageMaker.ResourceLimitExceeded)."

    print_outcome(
        Pipe(width=10_000, highlight=False), replace(failed, explanation={**failed.explanation, "Warnings": [warning]})
    )

    assert capsys.readouterr().out.splitlines()[-1] == f"  Caution  {warning}"


def test_a_deployment_that_ended_well_says_what_serves(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(Pipe(width=10_000, highlight=False), execution("created"))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Created digits in 25 s"
    assert [line.split()[0] for line in lines[1:]] == ["Config", "Model", "Image"]


def test_each_inference_component_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    churn = {"InferenceComponentName": "churn", "Action": "Updated", "CopyCount": 1, "ModelName": "shared-1"}
    prices = {**churn, "InferenceComponentName": "prices", "Action": "Unchanged", "CopyCount": 0}
    one = execution("created")

    print_outcome(
        Pipe(width=10_000, highlight=False),
        replace(one, output={**one.output, "InferenceComponents": [churn, prices]}),
    )

    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [text for label, text in lines[1:] if label == "Component"] == [
        "churn: Updated, 1 copy of shared-1",
        "prices: Unchanged, 0 copies of shared-1",
    ]


def test_each_sample_of_a_smoke_test_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    passed = {"Sample": "a", "Status": 200, "LatencyMilliseconds": 12, "Verdict": "Passed", "Difference": ""}
    failed = {**passed, "Sample": "b", "Status": 0, "Verdict": "Failed", "Difference": "not answered: timed out"}
    slow = {**passed, "Sample": "c", "Latency": {"Count": 20, "Median": 9, "P95": 30}}
    candidate = {"Seconds": 412, "EstimatedCost": 0.0132}
    one = execution("created")

    print_outcome(
        Pipe(width=10_000, highlight=False),
        replace(one, output={**one.output, "SmokeTest": {"Samples": [passed, failed, slow], "Candidate": candidate}}),
    )

    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["Candidate", "tested before traffic: 6 min 52 s, for about $0.0132"] in lines
    assert [text for label, text in lines[1:] if label == "Sample"] == [
        "Passed a: 200, 12 ms",
        "Failed b: no answer, 12 ms; not answered: timed out",
        "Passed c: 200, median 9 ms, p95 30 ms",
    ]


def test_what_a_container_wrote_cannot_move_the_cursor_or_colour_the_screen() -> None:
    screen = Terminal(no_color=True)

    print_labelled(screen, [("Log", "\x1b[2J\x1b]0;owned\x07[bold red]not markup[/] caf\u00e9\r\x00")])

    text = screen.printed.getvalue()
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text
    assert "[bold red]not markup[/] caf\u00e9" in text
    assert str(plain("a\tb")) == "a\tb"


def test_no_color_is_obeyed() -> None:
    coloured, quiet = Terminal(), Terminal(no_color=True)
    for screen in (coloured, quiet):
        print_outcome(screen, execution("failed"))

    assert "\x1b[1;31m" in coloured.printed.getvalue()
    assert "31m" not in quiet.printed.getvalue()


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (NOW + timedelta(seconds=75), "Creating, about 1 min 15 s left"),
        (NOW - timedelta(seconds=20), "Creating, 20 s overdue"),
        (None, "Creating"),
    ],
)
def test_the_current_step_says_what_the_endpoint_is_and_how_long_yet(expected: datetime | None, words: str) -> None:
    screen = Terminal(no_color=True)
    one = execution("created", 30, status="RUNNING", stopDate=None)

    screen.print(steps_table(ExecutionSnapshot(one, EndpointSnapshot("Creating", "c", None), expected), NOW))

    assert screen.lines[-1].rstrip().endswith(words)
    assert "WaitForEndpoint" in screen.lines[-1]


@pytest.mark.parametrize(("config", "words"), [("c", "InService"), ("b", "InService with b, not with c")])
def test_an_endpoint_that_serves_has_no_time_left_and_is_said_to_serve_another_version(config: str, words: str) -> None:
    screen = Terminal(no_color=True)
    one = execution("created", 30, status="RUNNING", stopDate=None)
    one = replace(
        one, endpoint_step={**one.endpoint_step, "EndpointConfigArn": "arn:aws:sagemaker:r:1:endpoint-config/c"}
    )

    screen.print(
        steps_table(
            ExecutionSnapshot(one, EndpointSnapshot("InService", config, None), NOW + timedelta(seconds=9)), NOW
        )
    )

    assert screen.lines[-1].rstrip().endswith(words)


def test_a_deployment_that_waits_for_its_turn_says_so() -> None:
    screen = Terminal(no_color=True)
    one = replace(execution("created", 30, status="RUNNING"), endpoint_step={"Action": "Busy"})

    screen.print(
        steps_table(ExecutionSnapshot(one, EndpointSnapshot("Updating", "c", "d"), NOW + timedelta(seconds=9)), NOW)
    )

    assert screen.lines[-1].rstrip().endswith("another deployment is in progress")


def test_in_a_pipe_each_step_is_a_line_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeStepFunctions(recorded("alreadydeployed"))
    target, arn = running(fake)

    def step_on(_: float) -> None:
        fake.shown[arn] += 4

    ended = follow(target, LOCAL, arn, Pipe(width=10_000, highlight=False), sleep=step_on)

    assert ended.outcome == "AlreadyDeployed"
    steps = [line.split()[2] for line in capsys.readouterr().out.splitlines() if "endpoint" not in line]
    assert steps == [step.name for step in ended.steps]


def test_ctrl_c_says_that_the_deployment_goes_on_and_how_to_come_back() -> None:
    target, arn = running(FakeStepFunctions(recorded("created")))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    name = arn.rsplit(":", 1)[-1]

    with pytest.raises(Interrupted, match=f"Watch it again with: slipway status {name} --wait --local") as caught:
        follow(target, LOCAL, arn, Pipe(), sleep=interrupted)
    assert caught.value.exit_code == 130


def test_credentials_that_expire_on_the_way_say_how_to_come_back() -> None:
    fake = FakeStepFunctions(recorded("created"))
    target, arn = running(fake)
    fake.errors = [ClientError({"Error": {"Code": "ExpiredToken", "Message": ""}}, "DescribeExecution")]

    with pytest.raises(Unreached, match=r"have expired: .* continues. Watch it again with: slipway status"):
        follow(target, LOCAL, arn, Pipe())
