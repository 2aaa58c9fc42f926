"""The HTTP API under its policies: it starts deployments, and its functions show deployments and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slipway.api.show_deployment import show_deployment
from slipway.api.show_endpoint import show_endpoint
from slipway.deployment.settings import Settings
from slipway.errors import SlipwayError
from slipway_local.iam.required_actions import required_actions_of_delivery
from tests.permissions.guard import PolicyGuard
from tests.permissions.roles import made
from tests.workflow.deployed_stack import environment_of, resolved
from tests.workflow.tasks import WiredServices
from tests.workflow.test_idle_cleanup import NAME, deploy
from tests.workflow.world import World

Result = dict[str, Any]
Run = Callable[[PolicyGuard], Result]
Show = Callable[[WiredServices], dict[str, Any]]


def runs(new_world: Callable[..., World]) -> Iterator[tuple[str, Run]]:
    """Yield what the API does, by name."""
    for name, integration in made("AWS::ApiGatewayV2::Integration").items():
        properties = integration["Properties"]
        if "CredentialsArn" in properties:
            target = resolved(properties["RequestParameters"]["StateMachineArn"])
            yield f"{name} starts", _start(properties["CredentialsArn"]["Fn::GetAtt"][0], target)
    yield "endpoint that is shown", _shown(new_world, "ShowEndpoint", _endpoint)
    yield "deployment that is shown", _shown(new_world, "ShowDeployment", _deployment)


def _endpoint(services: WiredServices) -> dict[str, Any]:
    return show_endpoint(NAME, services.sagemaker, services.settings)


def _deployment(services: WiredServices) -> dict[str, Any]:
    return show_deployment("execution-1", services.describe_execution, services.settings)


def _shown(new_world: Callable[..., World], function: str, show: Show) -> Run:
    def run(guard: PolicyGuard) -> Result:
        world = new_world()
        deploy(world)
        guard.check(world)
        world.calls_by("API", function)
        services = WiredServices(Settings.from_environment(environment_of(f"{function}Function")), world.aws)
        try:
            return {"Outcome": "an answer", "answer": show(services)}
        except SlipwayError as error:
            return {"Outcome": type(error).__name__}

    return run


def _start(role: str, state_machine: str) -> Run:
    def run(guard: PolicyGuard) -> Result:
        refused = guard.refuses(role, required_actions_of_delivery(state_machine))
        return {"Outcome": "nothing started" if refused else "an execution"}

    return run
