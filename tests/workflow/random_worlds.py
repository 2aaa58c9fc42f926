"""Random sequences of what people and stacks do to two endpoints: the acts, and what is recorded of them.

`tests.workflow.worlds_oracle` checks the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.faults.orders import Fault, Kind
from tests.conventions.project import Json
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.world import World

ENDPOINTS = ("first", "second")
CONTENTS = ("x", "y", "z")
PAUSES = (0, 1, 2, 5, 10, 20, 45, 60, 150)
STEPS = 10
OTHER_STACK = "other"
SUCCESSES = ("Created", "Updated", "AlreadyDeployed", "Redeployed")
ACTS = ["execution"] * 4 + ["upload"] * 5 + ["redeploy", "roll back"] * 2
ACTS += ["use by hand"] * 3 + ["fail"] * 2 + ["deploy twice", "take turns", "delete", "second stack", "settle"]
# The folders of uploads below models/<EndpointName>/, by the side file in them.
PLAIN, SCALED, BIG = "", "scaled", "big"
SIDE_FILES = {
    "environment": b'{"Environment": {"KIND": "environment"}}',
    BIG: b'{"InstanceType": "ml.m5.xlarge"}',
    SCALED: b'{"AutoScaling": {"MinCapacity": 1, "MaxCapacity": 2, "TargetInvocationsPerInstance": 5}}',
    "broken": b"{",
    "unknown": b'{"InstanceTyp": "ml.m5.large"}',
}
SAMPLE = "samples/one.json"
TEST = {"PayloadUrl": f"s3://{MODEL_BUCKET}/{SAMPLE}", "ContentType": "application/json"}
BEFORE_TRAFFIC: Json = {"SmokeTest": {**TEST, "Stage": "BeforeTraffic"}}
AFTER_TRAFFIC: Json = {"SmokeTest": {**TEST, "Stage": "AfterTraffic"}}
HOSTING = (PLAIN, PLAIN, BIG)  # of executions: configurations of one model
REFUSED = {"broken": "InputNotAnObject", "unknown": "FieldUnknown"}
FAULTS: tuple[Kind, ...] = ("PingFailed", "PingFailed", "NoCapacity", "SilentRollback")


@dataclass
class Asked:
    """One request: for which endpoint, which content in which folder, and which configuration if one is put back."""

    endpoint: str
    content: str
    folder: str
    execution: Execution
    number: int
    config: str = ""
    is_upload: bool = False

    @property
    def kind(self) -> str:
        """Return what the folder changes of the model or its hosting."""
        return self.folder if self.folder in ("environment", BIG) else ""

    @property
    def change(self) -> tuple[str, str, str, bool]:
        """Return what is the same in two requests for the same configuration."""
        return self.content, self.folder, self.config, self.is_upload

    @property
    def is_refused(self) -> bool:
        """Say whether its side file is refused."""
        return self.folder in REFUSED


@dataclass
class Story:
    """What happened in a world: requests, deletions by hand (endpoint and position), and the act's names.

    `endpoints`, `contents`, `folders` and `tests` (of executions) are what its acts choose from.
    """

    keep_versions: int
    endpoints: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    tests: list[Json] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    deletions: list[tuple[str, int]] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    by_hand: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: set[tuple[str, str]] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def of(self, endpoint: str) -> list[Asked]:
        """Return the requests for an endpoint whose side file is not refused."""
        return [one for one in self.asked if one.endpoint == endpoint and not one.is_refused]

    def announced(self) -> dict[str, Asked]:
        """Return the configurations that outcomes have named, each with the first request whose outcome did."""
        found: dict[str, Asked] = {}
        for one in self.asked:
            if one.execution.status == "SUCCEEDED" and one.execution.output["EndpointConfigName"]:
                found.setdefault(one.execution.output["EndpointConfigName"], one)
        return found


def prepare(world: World, random: Random, story: Story) -> None:
    """Put the archives of executions and the side files of uploads into the bucket; choose what this world is about.

    Few contents on few endpoints meet more often.
    """
    story.endpoints = random.choice([[*ENDPOINTS], ["first", "first", "first", "second"]])
    story.tests = random.choice([[{}], [{}, BEFORE_TRAFFIC], [AFTER_TRAFFIC, BEFORE_TRAFFIC]])
    world.put(SAMPLE, b"[1]")
    story.contents = random.sample(CONTENTS, random.choice([2, 2, 3]))
    story.folders = [PLAIN, PLAIN, *random.choice([["environment"], [BIG], [SCALED, BIG], [SCALED, BIG], [*REFUSED]])]
    world.sagemaker.settings.refuse_in_use = False  # as AWS, which deletes what an endpoint uses
    for content in CONTENTS:
        world.upload(f"archives/{content}.tar.gz", content)
    for endpoint in ENDPOINTS:
        for folder, document in SIDE_FILES.items():
            world.put(f"models/{endpoint}/{folder}/deployment.json", document)


def act(world: World, random: Random, story: Story) -> None:
    """Do one random thing."""
    what, endpoint = random.choice(ACTS), random.choice(story.endpoints)
    story.acts.append(what)
    acts = {
        "execution": lambda: _execute(world, story, endpoint, random),
        "upload": lambda: _upload(world, story, endpoint, random),
        "redeploy": lambda: _redeploy(world, story, random),
        "roll back": lambda: _roll_back(world, story, endpoint),
        "delete": lambda: _delete(world, story, endpoint),
        "use by hand": lambda: _use_by_hand(world, story, random),
        "second stack": lambda: _second_stack(world, story, endpoint),
        "fail": lambda: _fail(world, story, endpoint, random),
        "deploy twice": lambda: _deploy_twice(world, story, endpoint, random),
        "settle": lambda: _settle(world),
        "take turns": lambda: _take_turns(world, story, endpoint, random),
    }
    acts[what]()


def let_containers_fail(world: World, story: Story, endpoint: str, random: Random) -> None:
    """Let the next deployments of an endpoint fail."""
    kind = random.choice(FAULTS)
    world.sagemaker.faults.order(Fault(kind, endpoint_name=endpoint, count=random.choice([1, 1, 2])))
    story.faults.add((endpoint, kind))


def _fail(world: World, story: Story, endpoint: str, random: Random) -> None:
    """Let the next deployments of an endpoint fail, and begin one."""
    let_containers_fail(world, story, endpoint, random)
    _upload(world, story, endpoint, random)


def _deploy_twice(world: World, story: Story, endpoint: str, random: Random) -> None:
    """Deploy the same twice, of which one may fail."""
    if random.random() < 0.7:
        let_containers_fail(world, story, endpoint, random)
    content, folder = random.choice(story.contents), random.choice(HOSTING)
    for _ in range(2):
        _execute(world, story, endpoint, random, content, folder)
        world.run_for(random.choice(PAUSES))


def _settle(world: World) -> None:
    world.run()
    world.settle()


def _execute(
    world: World, story: Story, endpoint: str, random: Random, content: str = "", folder: str | None = None
) -> None:
    content = content or random.choice(story.contents)
    folder = random.choice(HOSTING) if folder is None else folder
    request = random.choice(story.tests) | {
        "EndpointName": endpoint,
        "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/{content}.tar.gz",
        "Framework": "sklearn",
        "InstanceType": "ml.m5.xlarge" if folder == BIG else "ml.m5.large",
    }
    _ask(world, story, endpoint, content, folder, request)


def _upload(world: World, story: Story, endpoint: str, random: Random) -> None:
    content, folder = random.choice(story.contents), random.choice(story.folders)
    # Within one second S3's times do not distinguish uploads.
    world.run_for(1)
    event = world.upload("/".join(filter(None, ["models", endpoint, folder, f"{content}.tar.gz"])), content)
    _ask(world, story, endpoint, content, folder, event)


def _take_turns(world: World, story: Story, endpoint: str, random: Random) -> None:
    """Deploy one content, another, and both again, a few seconds apart."""
    for content in random.sample(story.contents, 2) * 2:
        _execute(world, story, endpoint, random, content, PLAIN)
        world.run_for(random.choice([1, 2, 5, 10, 20, 45]))


def _redeploy(world: World, story: Story, random: Random) -> None:
    """Put a configuration back that a deployment has announced, and that is there."""
    announced = story.announced()
    if configs := sorted(announced.keys() & world.there().configs.keys()):
        config = random.choice(configs)
        _put_back(world, story, announced[config].endpoint, config)


def _roll_back(world: World, story: Story, endpoint: str) -> None:
    """Put back what was announced before the last one, as `slipway rollback` does."""
    own = [config for config, one in story.announced().items() if one.endpoint == endpoint]
    serving = world.there().endpoints.get(endpoint, ("", ""))[1]
    if others := [config for config in own if config != serving and config in world.there().configs]:
        _put_back(world, story, endpoint, others[-1])


def _put_back(world: World, story: Story, endpoint: str, config: str) -> None:
    first = story.announced()[config]
    request = {"EndpointName": endpoint, "EndpointConfigName": config}
    _ask(world, story, endpoint, first.content, first.folder, request, config)


def _ask(world: World, story: Story, endpoint: str, content: str, folder: str, request: Any, config: str = "") -> None:
    is_upload = "EndpointName" not in request
    if not is_upload:
        world.run_for(1)
    execution = world.start(request)
    story.asked.append(Asked(endpoint, content, folder, execution, len(story.asked), config, is_upload))


def _delete(world: World, story: Story, endpoint: str) -> None:
    _attempt(world, "DeleteEndpoint", {"EndpointName": endpoint})
    story.deletions.append((endpoint, len(story.asked)))


def _use_by_hand(world: World, story: Story, random: Random) -> None:
    """Point an endpoint of another creator at a configuration that a deployment has announced."""
    configs = world.there().configs.keys() & story.announced().keys()
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
