"""The views of executions, endpoints and responses, and what the page can start."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request

from slipway.cleanup.snapshot import Metric, Series
from slipway.errors import ArtifactFilesMissing, ArtifactNotGzip, FieldInvalid
from slipway.versions.version import Version
from slipway_cli.sdk.endpoints import Endpoint, Hosting
from slipway_cli.sdk.packing import pack
from slipway_cli.sdk.rollouts import RolloutNotFound, RolloutNotRedrivable
from slipway_cli.sdk.versions import VersionNotFound
from slipway_console.auth import Auth
from slipway_console.changes import Changes
from slipway_console.console import console
from slipway_console.deployments import Deployments
from slipway_console.endpoints import answer_fields
from slipway_console.executions import Executions
from slipway_console.last_used import LastUse, LastUses, read_last_uses
from slipway_console.rollouts import RolloutViews
from tests.fakes.rollouts import ARN, Objects, Workflow, stopped, target_of
from tests.unit.slipway_console.console import PORT, ConnectedTo, Target, opened, own

if TYPE_CHECKING:
    from slipway_console.connection import Connection

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class StepFunctions:
    """Two executions: one that runs, one that has ended."""

    def __init__(self) -> None:
        self.statuses = {"runs": "RUNNING", "ended": "SUCCEEDED"}
        self.described: list[str] = []
        self.started: dict[str, Any] = {}

    def get_paginator(self, _operation: str) -> StepFunctions:
        return self

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        return [{"executions": [{"executionArn": f"arn:{n}", "status": s} for n, s in self.statuses.items()]}]

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        name = executionArn.rsplit(":", 1)[-1]
        self.described.append(name)
        return {
            "executionArn": executionArn,
            "status": self.statuses[name],
            "startDate": NOW,
            "input": json.dumps({"EndpointName": name}),
        }

    def start_execution(self, **request: Any) -> dict[str, str]:
        self.started = request
        return {"executionArn": f"arn:{request['name']}"}


def request(**options: Any) -> Request:
    return Request(EnvironBuilder(**options).get_environ())


def connected(**clients: Any) -> Any:
    return ConnectedTo(Target(**clients))


def test_an_execution_that_has_ended_is_described_once() -> None:
    # Given a list that has been asked for
    stepfunctions = StepFunctions()
    executions = Executions(connected(stepfunctions=stepfunctions))
    executions.list(request())
    assert stepfunctions.described == ["runs", "ended"]

    # When it is asked for again, and once more after the other has ended
    executions.list(request())
    stepfunctions.statuses["runs"] = "FAILED"
    found = executions.list(request())["Executions"]
    executions.list(request())

    # Then only what may have changed was described
    assert stepfunctions.described == ["runs", "ended", "runs", "runs"]
    assert [one["Status"] for one in found] == ["FAILED", "SUCCEEDED"]


def test_a_deployment_is_started_with_a_checked_input() -> None:
    stepfunctions = StepFunctions()
    deployments = Deployments(connected(stepfunctions=stepfunctions))

    name = deployments.start(request(method="POST", json={"EndpointName": "e", "EndpointConfigName": "c"}))["Name"]

    assert name.startswith("e-")
    assert stepfunctions.started["name"] == name
    assert json.loads(stepfunctions.started["input"]) == {"EndpointName": "e", "EndpointConfigName": "c"}
    with pytest.raises(FieldInvalid, match="EndpointName"):
        deployments.start(request(method="POST", json={"EndpointName": "<b>", "EndpointConfigName": "c"}))


def test_an_endpoint_is_scaled_to_a_number_of_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway_console.changes.describe_endpoint", lambda *_: endpoint(timedelta(hours=1)))
    stepfunctions = StepFunctions()
    changes = Changes(connected(stepfunctions=stepfunctions))

    changes.scale(request(method="POST", json={"Instances": 3}), "e")

    scaling = {"MinCapacity": 3, "MaxCapacity": 3}
    wanted = {"EndpointName": "e", "EndpointConfigName": "c", "AutoScaling": scaling}
    assert json.loads(stepfunctions.started["input"]) == wanted
    with pytest.raises(FieldInvalid, match="MinCapacity"):
        changes.scale(request(method="POST", json={"Instances": "three"}), "e")


def test_a_version_that_is_kept_is_put_back_and_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Version("e-0f1e2d3c4b5a", "arn", NOW, (), {})
    monkeypatch.setattr("slipway_console.changes.versions_of", lambda *_: [kept])
    stepfunctions = StepFunctions()
    changes = Changes(connected(stepfunctions=stepfunctions))

    name = changes.rollback(request(method="POST", json={"EndpointConfigName": "0f1e2d3c4b5a"}), "e")["Name"]

    assert stepfunctions.started["name"] == name
    wanted = {"EndpointName": "e", "EndpointConfigName": "e-0f1e2d3c4b5a", "Message": "Restore 0f1e2d3c4b5a"}
    assert json.loads(stepfunctions.started["input"]) == wanted
    with pytest.raises(VersionNotFound, match="e-2"):
        changes.rollback(request(method="POST", json={"EndpointConfigName": "e-2"}), "e")


def rollouts_of(workflow: Workflow, objects: Objects) -> RolloutViews:
    return RolloutViews(cast("Connection", ConnectedTo(target_of(workflow, objects))))


def test_a_stopped_rollout_is_shown_with_its_failures_and_can_be_redriven() -> None:
    shown = rollouts_of(*stopped()).show(request(), "fleet-1")
    assert (shown["Outcome"], shown["IsRunning"], shown["IsRedrivable"]) == ("Aborted", False, True)
    assert (shown["Lines"], shown["Outcomes"], shown["NotStarted"], shown["Failed"]) == (9, {"Created": 4}, 3, 2)
    assert shown["Waves"][1] == {"Number": 2, "Succeeded": 2, "Failed": 2, "Running": 0, "Pending": 3}
    assert [one["Line"] for one in shown["Failures"]] == [5, 6]


def test_a_rollout_that_did_not_succeed_is_listed_with_its_counts_which_are_read_once() -> None:
    workflow, objects = stopped()
    views = rollouts_of(workflow, objects)
    counts = {"Lines": 9, "Outcomes": {"Created": 4}, "Failed": 2, "NotStarted": 3}

    (listed,) = views.list(request())["Rollouts"]
    objects.stored.clear()
    (again,) = views.list(request())["Rollouts"]

    assert listed == again == {**listed, **counts}


def test_a_rollout_is_stopped_from_its_page_and_what_cannot_be_redriven_is_named() -> None:
    workflow = Workflow({"status": "RUNNING"}, {"running": 2})
    views = rollouts_of(workflow, Objects())
    assert views.show(request(), "fleet-1")["IsRunning"] is True
    assert views.stop(request(method="POST"), "fleet-1") == {"Name": "fleet-1"}
    assert workflow.stopped == [ARN]
    with pytest.raises(RolloutNotRedrivable, match="start the manifest as a new rollout"):
        views.redrive(request(method="POST"), "fleet-1")
    with pytest.raises(RolloutNotFound):
        views.show(request(), "other")


@pytest.mark.parametrize(
    ("endpoint_name", "file_name", "error"),
    [("../x", "m.tar.gz", FieldInvalid), ("x", "m.exe", FieldInvalid), ("x", "m.tgz", ArtifactNotGzip)],
)
def test_an_archive_that_the_workflow_refuses_is_not_uploaded(
    endpoint_name: str, file_name: str, error: type[Exception]
) -> None:
    body = request(method="PUT", input_stream=io.BytesIO(b"text"), content_length=4)
    with pytest.raises(error):
        Deployments(connected()).upload(body, endpoint_name, file_name)  # which has no S3 client


def test_the_layout_is_checked_for_the_framework_of_the_form(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"model")
    pack(tmp_path / "model.joblib", tmp_path / "m.tar.gz")
    content = (tmp_path / "m.tar.gz").read_bytes()
    body = request(
        method="PUT",
        query_string={"Framework": "sklearn"},
        input_stream=io.BytesIO(content),
        content_length=len(content),
    )
    with pytest.raises(ArtifactFilesMissing):
        Deployments(connected()).upload(body, "x", "m.tar.gz")  # which has no S3 client


def test_invalid_json_is_answered_with_400() -> None:
    auth = Auth(PORT)
    client: Client = opened(console(auth, connected(stepfunctions=StepFunctions())), auth)
    answer = client.post("/api/executions", data="[", content_type="application/json", headers=own(auth))
    assert answer.status_code == 400


def test_the_form_is_offered_frameworks_and_what_the_default_instance_costs() -> None:
    choices = Deployments(connected()).choices(request())
    assert "sklearn" in choices["Frameworks"]
    assert choices["HourlyPrices"][choices["DefaultInstanceType"]] > 0


def test_an_answer_is_text_or_base64_and_boxes_where_there_are_any() -> None:
    boxes = answer_fields(b'{"prediction": [[1, 0.5, 0.1, 0.2, 0.3, 0.4]]}', "application/json", "V", 1.5)
    assert boxes["Boxes"] == [{"kind": 1, "score": 0.5, "left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4}]
    picture = answer_fields(b"\xff\xd8", "image/jpeg", "V", 1.5)
    assert (picture["Base64"], picture["Boxes"], "Text" in picture) == ("/9g=", None, False)


class CloudWatch:
    """Has, for each metric, the instants of its values."""

    def __init__(self, **times: list[datetime]) -> None:
        self.times = times
        self.asked = 0

    def measure(self, metrics: Any, since: datetime, _until: datetime, period: timedelta) -> Any:
        self.asked += 1
        return {metric: self._series(metric, since, period) for metric in metrics}

    def _series(self, metric: Metric, since: datetime, period: timedelta) -> Series:
        times = (time for time in self.times.get(metric.name, []) if time >= since)
        counts = Counter(since + (time - since) // period * period for time in times)
        return Series(tuple(counts), tuple(map(float, counts.values())))


def endpoint(age: timedelta) -> Endpoint:
    created = NOW - age
    return Endpoint(
        name="e",
        arn="arn:e",
        status="InService",
        created=created,
        modified=created,
        config_name="c",
        pending_config=None,
        kind="RealTime",
        hosting=(Hosting("AllTraffic", "ml.m5.large", 1),),
        instances={"ml.m5.large": 1},
        failure_reason="",
        artifact="",
        tags={},
    )


def every(minutes: int, age: timedelta) -> list[datetime]:
    return [NOW - age + timedelta(minutes=n) for n in range(0, int(age.total_seconds() // 60), minutes)]


def test_the_last_use_is_found_within_a_week_or_unknown() -> None:
    week = timedelta(days=6)
    lately = CloudWatch(Invocations=[NOW - timedelta(minutes=30)])
    long_ago = CloudWatch(Invocations=[NOW - timedelta(days=3)], CPUUtilization=every(5, week))
    never = CloudWatch(CPUUtilization=every(5, week))
    old = endpoint(week)

    assert read_last_uses([old], lately, NOW)["e"].since == NOW - timedelta(minutes=29)  # type: ignore[arg-type]
    assert read_last_uses([old], long_ago, NOW)["e"].since == NOW - timedelta(days=3, hours=-1)  # type: ignore[arg-type]
    assert read_last_uses([old], never, NOW)["e"] == LastUse(False, old.created)  # type: ignore[arg-type]
    silent = read_last_uses([old], CloudWatch(), NOW)["e"]  # type: ignore[arg-type]
    assert silent.is_used is None
    assert "its instances do not report" in silent.reason


def test_cloudwatch_is_queried_again_after_a_while_or_after_an_invocation() -> None:
    # Given an endpoint whose use is known
    now = [NOW]
    uses, cloudwatch, one = LastUses(lambda: now[0]), CloudWatch(Invocations=[NOW]), endpoint(timedelta(hours=1))
    asked = []
    for moment, is_invoked in [(0, False), (60, False), (60, True), (90, False), (600, False)]:
        now[0] = NOW + timedelta(seconds=moment)
        if is_invoked:
            uses.forget("e")
        uses.of([one], cloudwatch)  # type: ignore[arg-type]
        asked.append(cloudwatch.asked)
    assert asked == [1, 1, 2, 2, 3]
