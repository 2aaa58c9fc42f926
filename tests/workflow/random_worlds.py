"""Random sequences of what people and stacks do to two endpoints, and an oracle that judges the end.

The oracle uses nothing of the product: it keeps what was asked for and when, reads SageMaker's own tables, and knows
of a configuration only which archive its model was created from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5
from random import Random
from typing import Any

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.faults.orders import Fault
from tests.conventions.project import Json
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.surroundings import archive
from tests.workflow.world import World

ENDPOINTS = ("first", "second")
CONTENTS = ("x", "y", "z")
PAUSES = (0, 1, 2, 5, 10, 20, 45, 60, 150)
STEPS = 8
KEPT = 3  # the default of the parameter KeepVersions
OTHER_STACK = "other"
SUCCESSES = ("Created", "Updated", "AlreadyDeployed", "Redeployed")
# Failures that are the deployment's own, or that a person caused; anything else is a violation.
OWN_FAULTS = {"ContainerFailedPing", "ModelCodeFailed", "EndpointFailed", "EndpointDeleted", "EndpointNotOurs"}
DELETION_FAULTS = {"EndpointDeleting", "EndpointDeleted", "NotVisibleYet"}


@dataclass
class Asked:
    """One request: when, for which endpoint, and which content."""

    endpoint: str
    content: str
    execution: Execution
    number: int


@dataclass
class Story:
    """What happened in a world: requests, deletions by hand (endpoint and position), and the act's names."""

    asked: list[Asked] = field(default_factory=list)
    deletions: list[tuple[str, int]] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    by_hand: dict[str, tuple[str, str]] = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def play(world: World, seed: int) -> Story:
    """Let a random sequence happen in a new world, and judge its end."""
    random, story = Random(seed), Story()
    for content in CONTENTS:
        world.upload(f"archives/{content}.tar.gz", content)
    if random.random() < 0.3:
        for endpoint in ENDPOINTS:
            if random.random() < 0.5:
                world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=endpoint, count=random.choice([1, 2])))
    for _ in range(STEPS):
        act = random.choice(["execution"] * 4 + ["upload"] * 4 + ["delete", "use by hand", "second stack", "settle"])
        story.acts.append(act)
        _act(act, world, random, story)
        world.run_for(random.choice(PAUSES))
        story.violations += in_use_violations(world, story)
    world.run()
    world.settle()
    story.violations += [*in_use_violations(world, story), *violations(world, story)]
    return story


def _act(act: str, world: World, random: Random, story: Story) -> None:
    endpoint, content = random.choice(ENDPOINTS), random.choice(CONTENTS)
    if act in ("execution", "upload"):
        _ask(world, story, endpoint, content, by_upload=act == "upload")
    elif act == "delete":
        _attempt(world, "DeleteEndpoint", {"EndpointName": endpoint})
        story.deletions.append((endpoint, len(story.asked)))
    elif act == "use by hand":
        _use_by_hand(world, story, random)
    elif act == "second stack":
        _second_stack(world, story, endpoint)
    else:
        world.run()
        world.settle()


def _ask(world: World, story: Story, endpoint: str, content: str, *, by_upload: bool) -> None:
    # Within one second S3's times do not tell uploads from one another.
    world.run_for(1)
    request: Any = {
        "EndpointName": endpoint,
        "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/{content}.tar.gz",
        "Framework": "sklearn",
        "InstanceType": "ml.m5.large",
    }
    if by_upload:
        request = world.upload(f"models/{endpoint}/{content}.tar.gz", content)
    story.asked.append(Asked(endpoint, content, world.start(request), len(story.asked)))


def _use_by_hand(world: World, story: Story, random: Random) -> None:
    """Point an endpoint of somebody's at a configuration that a deployment has announced."""
    configs = [name for name in world.there().configs if name in announced(story)]
    if not configs:
        return
    name, config = f"by-hand-{len(story.by_hand)}", random.choice(sorted(configs))
    if _attempt(world, "CreateEndpoint", {"EndpointName": name, "EndpointConfigName": config}):
        model = sorted(world.there().configs[config])[0]
        story.by_hand[name] = (config, model)


def _second_stack(world: World, story: Story, endpoint: str) -> None:
    """Let another stack have deployed the endpoint, where there is none."""
    if endpoint in world.there().endpoints or any(one.endpoint == endpoint for one in story.asked):
        return
    world.sagemaker.call(
        "CreateModel",
        {"ModelName": f"{endpoint}-theirs", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/theirs",
         "PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/theirs:1"}},
    )  # fmt: skip
    variant = {"VariantName": "Theirs", "ModelName": f"{endpoint}-theirs", "InstanceType": "ml.m5.large"}
    variants = [variant | {"InitialInstanceCount": 1}]
    config = {"EndpointConfigName": f"{endpoint}-theirs", "ProductionVariants": variants}
    world.sagemaker.call("CreateEndpointConfig", config)
    tags = [{"Key": "slipway:stack", "Value": OTHER_STACK}]
    names = {"EndpointName": endpoint, "EndpointConfigName": f"{endpoint}-theirs"}
    world.sagemaker.call("CreateEndpoint", {**names, "Tags": tags})
    story.foreign.add(endpoint)


def _attempt(world: World, operation: str, request: Json) -> bool:
    try:
        world.sagemaker.call(operation, request)
    except SageMakerError:
        return False
    return True


def announced(story: Story) -> set[str]:
    """Return the configurations that outcomes have named."""
    outputs = [one.execution.output for one in story.asked if one.execution.status == "SUCCEEDED"]
    return {output["EndpointConfigName"] for output in outputs} - {None}


# The oracle.


def in_use_violations(world: World, story: Story) -> Iterator[str]:
    """Yield what an endpoint serves with and is not there."""
    there = world.there()
    for name, (status, config) in there.endpoints.items():
        if status in ("Failed", "Deleting"):
            continue
        if config not in there.configs:
            yield f"{name} is {status} with {config}, which is gone"
        elif gone := there.configs[config] - there.models:
            yield f"{name} is {status} with models {gone}, which are gone"


def violations(world: World, story: Story) -> Iterator[str]:
    """Yield what must not be at the end."""
    there = world.there()
    for endpoint in ENDPOINTS:
        yield from _newest(world, story, endpoint)
    for one in story.asked:
        yield from _outcome(world, story, one)
    for name, (config, model) in story.by_hand.items():
        if name in there.endpoints and f"deployed/{model}/model.tar.gz" not in there.copies:
            yield f"{name} serves {config}, whose archive is gone"


def _newest(world: World, story: Story, endpoint: str) -> Iterator[str]:
    own = [one for one in story.asked if one.endpoint == endpoint]
    if not own:
        return
    newest = own[-1]
    outcome = newest.execution.outcome
    found = world.there().endpoints.get(endpoint)
    if outcome in SUCCESSES:
        if found is None:
            if not any(name == endpoint and position > newest.number for name, position in story.deletions):
                yield f"{endpoint} is gone, and {newest.content} was the newest: {outcome}"
        elif _served(world, found[1]) != newest.content:
            yield f"{endpoint} serves {_served(world, found[1])}, and {newest.content} was the newest: {outcome}"
    elif outcome not in OWN_FAULTS | (DELETION_FAULTS if story.deletions else set()):
        yield f"the newest of {endpoint}, {newest.content}, ended {outcome}: {newest.execution.cause[:200]}"


def _outcome(world: World, story: Story, one: Asked) -> Iterator[str]:
    outcome, name = one.execution.outcome, one.endpoint
    is_foreign = name in story.foreign and name not in {deleted for deleted, _ in story.deletions}
    has_newer = any(other.endpoint == name and other.number > one.number for other in story.asked)
    untrue = {
        "a success on another stack's endpoint": outcome in SUCCESSES and is_foreign,
        "no other stack's endpoint": outcome == "EndpointNotOurs" and name not in story.foreign,
        "no rollback": outcome == "DeploymentRolledBack",
        "nothing newer": outcome == "Superseded" and not has_newer,
    }
    yield from (f"{one.content} of {name} ended {outcome}: {why}" for why, is_so in untrue.items() if is_so)
    if outcome in SUCCESSES:
        yield from _named(world, story, one)


def _named(world: World, story: Story, one: Asked) -> Iterator[str]:
    config = one.execution.output["EndpointConfigName"]
    if config in world.there().configs:
        if _served(world, config) != one.content:
            yield f"{one.execution.outcome} of {one.endpoint} named {config}, which has another content"
    elif config in _kept(story, one.endpoint):  # others may go: KeepVersions newer ones were in service since
        yield f"{one.execution.outcome} of {one.endpoint} named {config}, which is gone"


def _kept(story: Story, endpoint: str) -> list[str]:
    """Return the configurations that were announced last, KeepVersions of them."""
    ended = [one.execution for one in story.asked if one.endpoint == endpoint and one.execution.outcome in SUCCESSES]
    ended.sort(key=lambda execution: str(execution.ended), reverse=True)
    return list(dict.fromkeys(execution.output["EndpointConfigName"] for execution in ended))[:KEPT]


def _served(world: World, config: str) -> str:
    model = sorted(world.there().configs[config])[0]
    key = f"deployed/{model}/model.tar.gz"
    found = world.buckets.newest(key)
    etags = {md5(archive(content)).hexdigest(): content for content in CONTENTS}
    return etags.get(found.etag, "?") if found else "nothing"


def report(seed: int, story: Story) -> str:
    """Return a violated world in words."""
    ends = [f"{one.endpoint}:{one.content}={one.execution.outcome}" for one in story.asked]
    return json.dumps({"seed": seed, "acts": story.acts, "ends": ends, "violations": sorted(set(story.violations))})
