"""DeployComponents: one turn after the other until each inference component is as the deployment says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from slipway.deployment.deployment import Deployment
from slipway.errors import ComponentNameTaken, DeadlineExceeded, NewerDeploymentInPlace
from slipway.hosting.deploy_components import ComponentServices, Progress, deploy_components
from slipway.hosting.requests import component_requests, endpoint_config_request
from tests.fakes.inference_components import FakeInferenceComponents
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.deployments import start
from tests.unit.execution import execution, plan_of

NAMES = ("churn", "prices")
NO_SPACE = "There is not enough hardware resources on the instances for this endpoint to create a copy"


class Shared:
    """An endpoint of inference components, and deployments of it: the first one has created it."""

    def __init__(self) -> None:
        self.sagemaker = FakeSageMaker()
        self.components = FakeInferenceComponents(self.sagemaker)
        self.aws = ComponentServices(self.sagemaker, self.components)
        deployment = self.deployment()
        request = endpoint_config_request(deployment.plan, [])
        self.config = str(request["EndpointConfigName"])
        self.config_arn = self.sagemaker.create_endpoint_config(request, deployment.tags)
        self.sagemaker.create_endpoint({"EndpointName": "digits", "EndpointConfigName": self.config}, deployment.tags)
        self.sagemaker.settle()

    def deployment(self, name: str = "first", minutes: float = 0, **copies: int) -> Deployment:
        """Return a deployment of components with so many copies each."""
        components = [
            {
                "InferenceComponentName": one,
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
                "CopyCount": count,
            }
            for one, count in (copies or dict.fromkeys(NAMES, 1)).items()
        ]
        run = execution(name, start(minutes))
        plan = plan_of(run, InferenceComponents=components, InstanceType="ml.m5.xlarge")
        return Deployment(plan, None, run, SETTINGS)

    def turn(self, deployment: Deployment, before: Any = (), **models: str) -> Progress:
        """Take one turn, in which the components have these models."""
        names = [models.get(one["InferenceComponentName"], "model-1") for one in deployment.plan["Components"]]
        return deploy_components(deployment, self.config, names, dict(before), self.aws)

    def deploy(self, deployment: Deployment, **models: str) -> Progress:
        """Take turns until nothing is busy, at most ten."""
        progress: Any = {}
        for _ in range(10):
            progress = self.turn(deployment, progress, **models)
            if not progress["IsBusy"]:
                break
            self.components.settle()
        assert not progress["IsBusy"]
        return progress  # type: ignore[no-any-return]

    def calls(self) -> list[tuple[str, str]]:
        """Return what was called for since the last time."""
        found, self.components.calls = self.components.calls, []
        return found


@pytest.fixture
def shared() -> Shared:
    """Return an endpoint whose two components serve."""
    made = Shared()
    made.deploy(made.deployment())
    assert made.calls() == [("create", "churn"), ("create", "prices")]
    return made


def actions(progress: Progress) -> dict[str, str]:
    return {one["InferenceComponentName"]: one["Action"] for one in progress["Components"]}


def test_a_component_bears_the_tags_of_its_deployment_but_the_archive_that_updates_change(shared: Shared) -> None:
    tags = shared.sagemaker.tags(shared.components.describe("churn")["InferenceComponentArn"])

    assert {key: tags[key] for key in ("slipway:stack", "slipway:execution", "slipway:endpoint")} == {
        "slipway:stack": "slipway",
        "slipway:execution": "arn:execution:first",
        "slipway:endpoint": "digits",
    }
    assert "slipway:artifact" not in tags


def test_the_same_again_changes_nothing(shared: Shared) -> None:
    progress = shared.deploy(shared.deployment("second", 1))

    assert (shared.calls(), actions(progress)) == ([], {"churn": "Unchanged", "prices": "Unchanged"})


def test_one_component_is_updated_without_the_other(shared: Shared) -> None:
    progress = shared.deploy(shared.deployment("second", 1), churn="model-2")

    assert shared.calls() == [("update", "churn")]
    assert actions(progress) == {"churn": "Updated", "prices": "Unchanged"}
    assert shared.components.describe("churn")["Specification"]["ModelName"] == "model-2"


def test_another_number_of_copies_starts_no_other_version(shared: Shared) -> None:
    shared.deploy(shared.deployment("second", 1, churn=0, prices=1))

    assert shared.calls() == [("set_copies", "churn")]
    assert shared.components.describe("churn")["RuntimeConfig"] == {"DesiredCopyCount": 0}


def test_a_component_that_is_not_named_any_more_is_deleted_once_the_others_serve(shared: Shared) -> None:
    of_others = {"InferenceComponentName": "mine", "EndpointName": "digits", "RuntimeConfig": {"CopyCount": 1}}
    shared.components.create(of_others, [])
    shared.components.settle()
    shared.calls()

    progress = shared.deploy(shared.deployment("second", 1, prices=2))

    assert shared.calls() == [("set_copies", "prices"), ("delete", "churn")]
    assert progress["Removed"] == ["InferenceComponent churn"]
    assert shared.components.names("digits") == ["prices", "mine"]


def test_a_component_that_fails_is_named_with_its_reason_and_what_serves() -> None:
    made = Shared()
    made.components.fail("churn", NO_SPACE)

    progress = made.deploy(made.deployment())

    assert progress["Failed"] == "churn"
    assert progress["Message"] == f"The inference component churn failed: {NO_SPACE}. In service: prices."


def test_a_failed_update_leaves_the_version_before_and_deletes_nothing(shared: Shared) -> None:
    shared.components.fail("churn", "The container did not answer.")

    progress = shared.deploy(shared.deployment("second", 1, churn=1), churn="model-2")

    assert shared.calls() == [("update", "churn")]
    assert progress["Message"] == (
        "The inference component churn was not updated: The container did not answer. In service: churn (as before)."
    )
    assert shared.components.names("digits") == ["churn", "prices"]


def test_what_failed_in_a_deployment_before_is_created_again() -> None:
    made = Shared()
    made.components.fail("churn", NO_SPACE)
    made.deploy(made.deployment())
    made.calls()

    progress = made.deploy(made.deployment("second", 1))

    assert made.calls() == [("delete", "churn"), ("create", "churn")]
    assert actions(progress) == {"churn": "Created", "prices": "Unchanged"}


def test_an_update_that_is_not_visible_yet_is_waited_for(shared: Shared) -> None:
    deployment = shared.deployment("second", 1)
    modified = shared.components.describe("churn")["LastModifiedTime"].isoformat()

    progress = shared.turn(deployment, {"Updates": {"churn": modified}}, churn="model-2")

    assert (progress["IsBusy"], "Failed" in progress, shared.calls()) == (True, False, [])


def test_a_name_that_another_endpoint_uses_is_refused(shared: Shared) -> None:
    shared.components._found["churn"]["EndpointName"] = "other"

    with pytest.raises(ComponentNameTaken, match="exists on the endpoint other"):
        shared.deploy(shared.deployment("second", 1))


def test_a_component_that_slipway_did_not_create_is_refused(shared: Shared) -> None:
    shared.sagemaker.delete_tags(shared.components.describe("churn")["InferenceComponentArn"], ["slipway:stack"])

    with pytest.raises(ComponentNameTaken):
        shared.deploy(shared.deployment("second", 1))


def test_a_newer_deployment_of_the_same_configuration_wins(shared: Shared) -> None:
    newer = shared.deployment("newer", 9)
    shared.sagemaker.add_tags(shared.config_arn, newer.tags)

    with pytest.raises(NewerDeploymentInPlace):
        shared.turn(shared.deployment("older", 5))
    assert shared.turn(newer)["IsBusy"] is False


def test_a_newer_deployment_of_another_configuration_wins(shared: Shared) -> None:
    with pytest.raises(NewerDeploymentInPlace):
        deploy_components(shared.deployment(), "digits-0f1e2d3c4b5a", ["model-1", "model-1"], {}, shared.aws)


def test_an_endpoint_under_maintenance_is_waited_for(shared: Shared) -> None:
    shared.sagemaker.force_status("digits", "SystemUpdating")

    progress = shared.turn(shared.deployment("second", 1), churn="model-2")

    assert (progress["IsBusy"], shared.calls()) == (True, [])


def test_components_that_take_longer_than_the_deadline_fail_it(shared: Shared) -> None:
    deployment = shared.deployment("second", 1)
    late = (deployment.started - timedelta(hours=1)).isoformat()

    with pytest.raises(DeadlineExceeded, match="raise DeadlineMinutes"):
        shared.turn(replace(deployment, plan={**deployment.plan, "Deadline": late}), churn="model-2")


def test_a_specification_has_the_timeouts_of_its_component() -> None:
    plan = Shared().deployment(churn=2).plan
    plan["Components"][0]["Variant"] |= {"ModelDataDownloadTimeoutInSeconds": 900}

    (request,) = component_requests(plan, ["model-1"])

    assert request == {
        "InferenceComponentName": "churn",
        "EndpointName": "digits",
        "VariantName": "AllTraffic",
        "Specification": {
            "ModelName": "model-1",
            "StartupParameters": {"ModelDataDownloadTimeoutInSeconds": 900},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
        },
        "RuntimeConfig": {"CopyCount": 2},
    }
