"""Versions and executions merged into one history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.deployment.tags import (
    ARTIFACT,
    DEPLOYED_AT,
    EXECUTION,
    IDLE_ANNOUNCED_AT,
    IDLE_DELETED_AT,
    IDLE_SINCE,
    IN_SERVICE_AT,
    MESSAGE,
)
from slipway.versions.version import Version
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.version_history import Deployment, loaded_model, merged

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ARN = "arn:aws:states:eu-west-1:123456789012:execution:DeployEndpoint:"


def version(name: str, day: int, *, state: str = "", execution: str = "", served: bool = True) -> Version:
    moment = START + timedelta(days=day)
    tags = {ARTIFACT: f"s3://bucket/{name}.tar.gz", DEPLOYED_AT: moment.isoformat(), EXECUTION: f"{ARN}{execution}"}
    served_at = {IN_SERVICE_AT: moment.isoformat()} if served else {}
    return Version(name, f"arn:{name}", moment, (f"{name}-model",), {**tags, **served_at}, state)


def execution(name: str, day: int, outcome: str = "", config: str = "", **more: Any) -> Execution:
    output = {"Outcome": outcome, "EndpointConfigName": config} if outcome else {}
    status = "SUCCEEDED" if outcome else "FAILED"
    request = more.pop("request", {"EndpointName": "mine", "ModelDataUrl": f"s3://bucket/{name}.tar.gz"})
    return Execution(f"{ARN}{name}", status, START + timedelta(days=day), output=output, request=request, **more)


def rows(deployments: list[Deployment]) -> list[tuple[str, str, str]]:
    return [(one.outcome, one.config_name, one.state) for one in deployments]


def test_executions_and_the_versions_they_made_are_one_row_each_newest_first() -> None:
    history = merged(
        [version("v2", 2, state="Serving", execution="second"), version("v1", 1, execution="first")],
        [execution("first", 1, "Created", "v1"), execution("second", 2, "Updated", "v2")],
    )

    assert rows(history) == [("Updated", "v2", "Serving"), ("Created", "v1", "Kept")]
    assert [one.artifact for one in history] == ["s3://bucket/v2.tar.gz", "s3://bucket/v1.tar.gz"]


def test_a_version_whose_execution_is_forgotten_is_history_by_its_tags() -> None:
    history = merged(
        [version("v2", 200, state="Serving", execution="second"), version("v1", 1), version("v0", 0, served=False)],
        [execution("second", 200, "Updated", "v2")],
    )

    assert rows(history) == [("Updated", "v2", "Serving"), ("Deployed", "v1", "Kept"), ("", "v0", "Kept")]
    assert history[1].when == START + timedelta(days=1)


def test_a_failure_has_its_name_and_no_version() -> None:
    (history,) = merged([], [execution("broken", 1, error="ContainerImportError", explanation={"Error": "x"})])

    assert (history.outcome, history.config_name, history.state, history.has_failed) == (
        "ContainerImportError",
        "",
        "",
        True,
    )
    assert history.artifact == "s3://bucket/broken.tar.gz"


def test_a_version_that_is_gone_is_removed_and_its_artifact_is_remembered() -> None:
    back = {"EndpointName": "mine", "EndpointConfigName": "v1"}
    history = merged(
        [], [execution("first", 1, "Created", "v1"), execution("back", 3, "Redeployed", "v1", request=back)]
    )

    assert rows(history) == [("Redeployed", "v1", "Removed"), ("Created", "v1", "Removed")]
    assert {one.artifact for one in history} == {"s3://bucket/first.tar.gz"}


def test_only_the_newest_deployment_of_a_version_says_that_it_serves() -> None:
    history = merged(
        [version("v2", 2, execution="second"), version("v1", 1, state="Serving", execution="first")],
        [
            execution("first", 1, "Created", "v1"),
            execution("second", 2, "Updated", "v2"),
            execution("back", 3, "Redeployed", "v1", request={"EndpointName": "mine", "EndpointConfigName": "v1"}),
        ],
    )

    assert rows(history) == [
        ("Redeployed", "v1", "Serving"),
        ("Updated", "v2", "Kept"),
        ("Created", "v1", "Kept"),
    ]


def test_an_execution_under_way_is_history_with_the_version_that_it_has_made() -> None:
    running = Execution(f"{ARN}third", "RUNNING", START + timedelta(days=3), request={"EndpointName": "mine"})
    history = merged([version("v3", 3, state="Pending", execution="third", served=False)], [running])

    assert rows(history) == [("Running", "v3", "Pending")]


def test_what_and_who_started_it_is_history() -> None:
    detail = {"bucket": {"name": "bucket"}, "object": {"key": "models/mine/m.tar.gz"}, "requester": "123456789012"}
    upload = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    anonymous = {**upload, "detail": {name: value for name, value in detail.items() if name != "requester"}}
    back = {"EndpointName": "mine", "EndpointConfigName": "v1", "Message": "Roll back"}
    scaled = {**back, "AutoScaling": {"MinCapacity": 2, "MaxCapacity": 2}}
    requests: list[dict[str, Any]] = [{"request": one} for one in (scaled, back, upload, anonymous)]
    history = merged([], [execution(f"e{5 - day}", 5 - day, **one) for day, one in enumerate([*requests, {}])])

    assert [one.started_by for one in history] == ["scaling", "redeployment", "upload", "upload", "execution"]
    assert [one.who for one in history] == ["", "", "123456789012", "", ""]
    assert history[1].message == "Roll back"
    assert history[2].artifact == "s3://bucket/models/mine/m.tar.gz"


# The shape of DescribeModel's response (API reference, DescribeModel): an ETag is quoted where S3 gave it so.
DESCRIBED = {
    "PrimaryContainer": {
        "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "ModelDataSource": {"S3DataSource": {"S3Uri": "s3://b/k", "ETag": '"9b2cf535f27731c974343645a3985328"'}},
    }
}


def test_a_kept_version_says_what_it_is_made_of_and_when_idle_cleanup_deleted_it() -> None:
    made = version("v1", 1, execution="first")
    deleted = START + timedelta(days=2)
    idle = {IDLE_DELETED_AT: deleted.isoformat(), IDLE_SINCE: START.isoformat(), IDLE_ANNOUNCED_AT: deleted.isoformat()}
    variants = ({"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2},)
    made = replace(made, tags={**made.tags, **idle, MESSAGE: "First"}, variants=variants)

    deletion, creation = merged([made], [], {"v1-model": loaded_model(DESCRIBED)})

    assert (deletion.outcome, deletion.when, deletion.started_by) == ("DeletedIdle", deleted, "idle cleanup")
    assert deletion.message == "not used since 2026-11-01 12:00 UTC"
    assert (creation.hosting, creation.digest, creation.message) == ("ml.m5.large x 2", "9b2cf535", "First")
    assert creation.image.endswith("sagemaker-scikit-learn:1.2-1-cpu-py3")
    announced = {key: value for key, value in made.tags.items() if key != IDLE_ANNOUNCED_AT}
    assert len(merged([replace(made, tags=announced)], [])) == 1, "it may not be deleted yet"
