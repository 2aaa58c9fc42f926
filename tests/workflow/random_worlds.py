"""Random sequences of what people and stacks do to two endpoints: the acts, and what is recorded of them.

`tests.workflow.worlds_oracle` checks the end, `tests.workflow.worlds_deletions` each deletion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.faults.orders import Fault, Kind
from tests.conventions.project import Json
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import used_configs
from tests.workflow.surroundings import FAILING_SAMPLE
from tests.workflow.world import World

ENDPOINTS = ("first", "second")
CONTENTS = ("x", "y", "z")
OTHER_STACK = "other"
SUCCESSES = ("Created", "Updated", "AlreadyDeployed", "Redeployed")
# What worlds are about, by how often each act is chosen. A world of few acts has what belongs together.
THEMES: dict[str, dict[str, int]] = {
    "all": {"execution": 4, "upload": 5, "redeploy": 2, "roll back": 2, "use by hand": 3, "fail": 2, "deploy equal": 1,
            "take turns": 1, "delete": 1, "second stack": 2, "clean up": 1, "settle": 1},
    "equal": {"deploy equal": 6, "execution": 3, "fail": 2, "settle": 3, "take turns": 1},
    "scaled": {"upload": 6, "fail": 4, "settle": 4, "execution": 1, "roll back": 1},
    "by hand": {"execution": 5, "settle": 5, "use by hand": 4, "take turns": 1, "remove": 2, "clean up": 1, "fail": 1,
                "redeploy": 1, "roll back": 1},
    "removed": {"execution": 3, "take turns": 1, "remove": 4, "deploy equal": 1, "clean up": 1, "settle": 4},
    "stopped": {"deploy equal": 2, "execution": 3, "upload": 3, "stop": 4, "fail": 2, "settle": 2, "roll back": 1},
}  # fmt: skip
TURNS = ("all", "equal", "scaled", "removed", "stopped", "all", "equal", "scaled", "by hand", "stopped")
# The folders of uploads below models/<EndpointName>/, by the side file in them.
PLAIN, SCALED, BIG = "", "scaled", "big"
SIDE_FILES = {
    "environment": b'{"Environment": {"KIND": "environment"}}',
    BIG: b'{"InstanceType": "ml.m5.xlarge"}',
    SCALED: b'{"AutoScaling": {"MinCapacity": 1, "MaxCapacity": 2, "TargetInvocationsPerInstance": 5}}',
    "broken": b"{",
    "unknown": b'{"InstanceTyp": "ml.m5.large"}',
}
STAGES = ("BeforeTraffic", "AfterTraffic")
HOSTING = (PLAIN, PLAIN, BIG)  # of executions: configurations of one model
REFUSED = {"broken": "InputNotAnObject", "unknown": "FieldUnknown"}
FAULTS: tuple[Kind, ...] = ("PingFailed", "PingFailed", "NoCapacity", "SilentRollback")
# Smoke tests, by the sample that they invoke the endpoint with.
PASSES, FAILS = "passes", "fails"
SAMPLES = {PASSES: b"0,5,13", FAILS: FAILING_SAMPLE}
DAY = 86_400
MAX_CLEANUPS = 2  # of two days each: no endpoint is idle for the ten days after which idle cleanup here deletes it


@dataclass(frozen=True)
class Pace:
    """What an endpoint's creation may take and the pauses between acts, in seconds, and how many acts there are."""

    creation_seconds: tuple[int, int]
    pauses: tuple[int, ...]
    steps: int


USUAL = Pace((40, 240), (0, 1, 2, 5, 10, 20, 45, 60, 150), 10)
# Deployments meet their deadline of an hour, and are long in seeing what others did.
SLOW = Pace((600, 1200), (0, 1, 3, 7, 30, 60, 150, 400, 900), 14)
PACES = {"usual": USUAL, "slow": SLOW}


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
    test: str = ""

    @property
    def is_stopped(self) -> bool:
        """Say whether a person stopped its execution."""
        return self.execution.status == "STOPPED"

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

    `pace`, `theme`, `endpoints`, `contents`, `folders` and `tests` (smoke tests of executions, by the stage) are what
    its acts choose from. `by_hand` are the endpoints that a person created, `removed` the configurations that one
    deleted, and `without_config` their models.
    """

    keep_versions: int
    theme: str = "all"
    pace: Pace = USUAL
    endpoints: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    tests: list[Json] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    deletions: list[tuple[str, int]] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    by_hand: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    without_config: set[str] = field(default_factory=set)
    cleanups: int = 0
    faults: set[tuple[str, str]] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def of(self, endpoint: str) -> list[Asked]:
        """Return the requests for an endpoint whose side file is not refused."""
        return [one for one in self.asked if one.endpoint == endpoint and not one.is_refused]

    def last_deletion(self, endpoint: str) -> int:
        """Return how many requests there were when a person last deleted an endpoint."""
        return max((position for name, position in self.deletions if name == endpoint), default=0)

    def is_at_rest(self) -> bool:
        """Say whether all executions have ended."""
        return all(one.execution.status != "RUNNING" for one in self.asked)

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
    story.tests = random.choice(
        [[{}], [{}, _smoke_test(PASSES, STAGES[0])], [_smoke_test(PASSES, one) for one in STAGES]]
    )
    story.contents = random.sample(CONTENTS, random.choice([2, 2, 3]))
    story.folders = [PLAIN, PLAIN, *random.choice([["environment"], [BIG], [SCALED, BIG], [*REFUSED]])]
    if story.theme == "scaled":
        story.folders = [PLAIN, SCALED, SCALED, BIG, BIG]
    if story.theme in ("by hand", "removed"):
        story.endpoints, story.contents = ["first"], story.contents[:2]
    if story.theme == "all" and random.random() < 0.3:
        _second_stack(world, story, random.choice(story.endpoints))
    world.sagemaker.settings.refuse_in_use = False  # as AWS, which deletes what an endpoint uses
    for content in CONTENTS:
        world.upload(f"archives/{content}.tar.gz", content)
    for name, sample in SAMPLES.items():
        world.put(f"samples/{name}.csv", sample)
    for endpoint in ENDPOINTS:
        for folder, document in SIDE_FILES.items():
            world.put(f"models/{endpoint}/{folder}/deployment.json", document)


def act(world: World, random: Random, story: Story) -> None:
    """Do one random thing."""
    chances = THEMES[story.theme]
    (what,), endpoint = random.choices([*chances], [*chances.values()]), random.choice(story.endpoints)
    story.acts.append(what)
    acts = {
        "execution": lambda: _execute(world, story, endpoint, random),
        "upload": lambda: _upload(world, story, endpoint, random),
        "redeploy": lambda: _redeploy(world, story, random),
        "roll back": lambda: _roll_back(world, story, endpoint),
        "delete": lambda: _delete(world, story, endpoint),
        "use by hand": lambda: _use_by_hand(world, story, random),
        "remove": lambda: _remove_by_hand(world, story, random),
        "clean up": lambda: _clean_up(world, story),
        "stop": lambda: _stop(world, story, random),
        "second stack": lambda: _second_stack(world, story, endpoint),
        "fail": lambda: _fail(world, story, endpoint, random),
        "deploy equal": lambda: _deploy_equal(world, story, endpoint, random),
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
    if random.random() < 0.5:
        _upload(world, story, endpoint, random)
    else:
        _execute(world, story, endpoint, random)


def _deploy_equal(world: World, story: Story, endpoint: str, random: Random) -> None:
    """Deploy the same up to three times, of which the first may fail: its containers, or its smoke test."""
    content, folder = random.choice(story.contents), random.choice(HOSTING)
    tests = ["", *random.choices(["", PASSES], k=random.choice([0, 1, 1, 2]))]
    match random.choice(["containers", "containers", "smoke test", "smoke test", "nothing"]):
        case "containers":
            let_containers_fail(world, story, endpoint, random)
        case "smoke test":
            tests[0] = FAILS
    for test in tests:
        _execute(world, story, endpoint, random, content, folder, test)
        world.run_for(random.choice(story.pace.pauses))


def _settle(world: World) -> None:
    world.run()
    world.settle()


def _clean_up(world: World, story: Story) -> None:
    """Run idle cleanup two days after the last deployment has ended."""
    if story.cleanups < MAX_CLEANUPS:
        story.cleanups += 1
        _settle(world)
        remove_unused_after_two_days(world, story)


def remove_unused_after_two_days(world: World, story: Story) -> None:
    """Run idle cleanup when nothing can be about to use what is left; no endpoint is idle for that long."""
    world.time.pass_(2 * DAY)
    settings = {"keep_versions": story.keep_versions, "unused_retention_days": 1}
    clean_up(world, idle_after_minutes=10 * DAY // 60, **settings)


def _stop(world: World, story: Story, random: Random) -> None:
    """Stop an execution that runs."""
    if running := [one.execution for one in story.asked if one.execution.status == "RUNNING"]:
        stopped = random.choice(running)
        stopped.stop()
        stopped.ended = world.time.now()


def _smoke_test(sample: str, stage: str) -> Json:
    url = f"s3://{MODEL_BUCKET}/samples/{sample}.csv"
    return {"SmokeTest": {"PayloadUrl": url, "ContentType": "text/csv", "Stage": stage}}


def _execute(
    world: World,
    story: Story,
    endpoint: str,
    random: Random,
    content: str = "",
    folder: str | None = None,
    test: str = "",
) -> None:
    content = content or random.choice(story.contents)
    folder = random.choice(HOSTING) if folder is None else folder
    request = (_smoke_test(test, random.choice(STAGES)) if test else random.choice(story.tests)) | {
        "EndpointName": endpoint,
        "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/{content}.tar.gz",
        "Framework": "sklearn",
        "InstanceType": "ml.m5.xlarge" if folder == BIG else "ml.m5.large",
    }
    _ask(world, story, endpoint, content, folder, request)
    story.asked[-1].test = test


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
    """Let a person's endpoint serve a configuration that a deployment has announced, or its model.

    It is a new endpoint, or an earlier one of a person's that is updated.
    """
    there = world.there()
    configs = {name for name in there.configs.keys() & story.announced().keys() if _is_as_announced(world, story, name)}
    if not configs:
        return
    config = random.choice(sorted(configs))
    if random.random() < 0.5:
        variant = {"VariantName": "Theirs", "ModelName": min(there.configs[config]), "InstanceType": "ml.m5.large"}
        config = f"by-hand-{len(story.acts)}"
        variants = [variant | {"InitialInstanceCount": 1}]
        world.sagemaker.call("CreateEndpointConfig", {"EndpointConfigName": config, "ProductionVariants": variants})
    earlier = sorted(name for name in story.by_hand if there.endpoints.get(name, ("",))[0] == "InService")
    if earlier and random.random() < 0.5:
        name, operation = random.choice(earlier), "UpdateEndpoint"
    else:
        name, operation = f"by-hand-{len(story.by_hand)}", "CreateEndpoint"
    world.sagemaker.call(operation, {"EndpointName": name, "EndpointConfigName": config})
    story.by_hand.add(name)


def _is_as_announced(world: World, story: Story, config: str) -> bool:
    """Say whether it is the configuration that an outcome named, and not one that was created again since."""
    announced = story.announced()[config].execution.ended
    assert announced is not None
    created = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": config})["CreationTime"]
    return bool(created <= announced.timestamp())


def _remove_by_hand(world: World, story: Story, random: Random) -> None:
    """Delete what a person may: a configuration that no endpoint uses.

    One that no outcome has named, because a deployment waits with it, sometimes goes with its models and their
    archives. Of one that an outcome has named the model stays, and a deployment of it with other hosting fails.
    """
    if story.is_at_rest():
        _take_turns(world, story, story.endpoints[0], random)
    there, used = world.there(), used_configs(world.sagemaker)
    unused = sorted(there.configs.keys() - set().union(*used.values()))
    if not unused:
        return
    name = random.choice(unused)
    others = {model for config, models in there.configs.items() if config != name for model in models}
    story.removed.add(name)
    story.without_config |= there.configs[name]
    world.sagemaker.call("DeleteEndpointConfig", {"EndpointConfigName": name})
    if first := story.announced().get(name):
        let_containers_fail(world, story, first.endpoint, random)
        _execute(world, story, first.endpoint, random, first.content, PLAIN if first.folder == BIG else BIG)
    elif random.random() < 0.5:
        for model in there.configs[name] & there.models - others:
            world.sagemaker.call("DeleteModel", {"ModelName": model})
            world.buckets.remove(f"deployed/{model}/model.tar.gz")
    _settle(world)


def _second_stack(world: World, story: Story, endpoint: str) -> None:
    """Let another stack have deployed the endpoint, where there is none."""
    if endpoint in story.foreign | world.there().endpoints.keys() or any(
        one.endpoint == endpoint for one in story.asked
    ):
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
