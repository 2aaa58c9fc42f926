"""The oracle of random worlds.

It uses nothing of the product: it keeps what was asked for and when, reads SageMaker's own tables and which requests it
accepted, and knows of a configuration only which archive its model was created from, and how it is hosted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import md5

from tests.workflow.faults import Call
from tests.workflow.idle_cleanup import clean_up
from tests.workflow.interpreter import Execution
from tests.workflow.random_worlds import BIG, CONTENTS, ENDPOINTS, REFUSED, SCALED, SUCCESSES, Asked, Story
from tests.workflow.surroundings import archive
from tests.workflow.world import World

# The names of failures by what was ordered to fail, as docs/errors.md explains them.
CAUSED_BY = {
    "PingFailed": {"ContainerFailedPing", "DeploymentRolledBack"},
    "NoCapacity": {"CapacityUnavailable"},
    "SilentRollback": {"DeploymentRolledBack"},
}
DELETION_FAULTS = {"EndpointDeleting", "EndpointDeleted", "NotVisibleYet"}
DAY = 86_400
CHANGES = ("CreateEndpoint", "UpdateEndpoint")


def in_use_violations(world: World) -> Iterator[str]:
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
        yield from _result(world, story, endpoint)
        yield from _last_success(world, story, endpoint)
    for one in story.asked:
        yield from _outcome(world, story, one)
    for name, (config, model) in story.by_hand.items():
        if name in there.endpoints and f"deployed/{model}/model.tar.gz" not in there.copies:
            yield f"{name} serves {config}, whose archive is gone"
    yield from _left(world, story)


def _newest(world: World, story: Story, endpoint: str) -> Iterator[str]:
    own = story.of(endpoint)
    if not own:
        return
    newest = own[-1]
    outcome = newest.execution.outcome
    found = world.there().endpoints.get(endpoint)
    if outcome in SUCCESSES:
        if found is None:
            if not any(name == endpoint and position > newest.number for name, position in story.deletions):
                yield f"{endpoint} is gone, and {newest.content} was the newest: {outcome}"
        elif _served(world, found[1]) != (newest.content, newest.kind):
            yield f"{endpoint} serves {_served(world, found[1])}, and {newest.content} was the newest: {outcome}"
    elif outcome not in _own_faults(world, story, newest):
        yield f"the newest of {endpoint}, {newest.content}, ended {outcome}: {newest.execution.cause[:200]}"


def _result(world: World, story: Story, endpoint: str) -> Iterator[str]:
    """Yield what the result file beside the uploads says that is not so of the newest one."""
    uploads = [one.execution for one in story.asked if one.endpoint == endpoint and one.is_upload]
    if not uploads:
        return
    found = world.buckets.newest(f"models/{endpoint}/deployment-result.json")
    result = json.loads(found.content) if found else {}
    newest = uploads[-1]
    said = result.get("Error") or result.get("Outcome")
    if (result.get("Execution"), said) != (newest.arn, newest.outcome):
        yield f"the result of {endpoint} is {said} of {result.get('Execution')}: {newest.name} ended {newest.outcome}"


def _last_success(world: World, story: Story, endpoint: str) -> Iterator[str]:
    """Yield what a failed deployment has destroyed: an endpoint that was announced, or its scaling."""
    announced = [one for one in story.of(endpoint) if one.execution.outcome in SUCCESSES]
    if not announced or endpoint in {name for name, _ in story.deletions}:
        return
    there = world.there()
    status, config = there.endpoints.get(endpoint, ("gone", ""))
    if status != "InService" or config not in story.announced():
        yield f"{endpoint} is {status} with {config or 'nothing'}, and deployments of it have succeeded"
    is_scaled = any(resource.split("/")[1] == endpoint for resource in there.scaled)
    if not is_scaled and any(one.folder == SCALED for one in announced if not one.config):
        yield f"{endpoint} is not scaled any more"


def _outcome(world: World, story: Story, one: Asked) -> Iterator[str]:
    outcome, name = one.execution.outcome, one.endpoint
    is_foreign = name in story.foreign and name not in {deleted for deleted, _ in story.deletions}
    has_newer = any(other.number > one.number for other in story.of(name))
    changes = _changes(world, one)
    untrue = {
        "a success on another stack's endpoint": outcome in SUCCESSES and is_foreign,
        "no other stack's endpoint": outcome == "EndpointNotOurs" and name not in story.foreign,
        "nothing newer": outcome == "Superseded" and not has_newer,
        "its side file is refused": one.is_refused and outcome != REFUSED[one.folder],
        "nothing of it failed": outcome not in {"Superseded", *SUCCESSES, *_own_faults(world, story, one)},
        f"it did {changes}": outcome in SUCCESSES and not _is_true(world, story, one),
    }
    yield from (f"{one.content} of {name} ended {outcome}: {why}" for why, is_so in untrue.items() if is_so)
    if outcome in SUCCESSES:
        yield from _named(world, story, one)


def _is_true(world: World, story: Story, one: Asked) -> bool:
    """Say whether SageMaker accepted from an execution what its outcome says."""
    outcome, changes = one.execution.outcome, _changes(world, one)
    if changes:
        by_change = {"CreateEndpoint": "Created", "UpdateEndpoint": "Updated"}
        return outcome == ("Redeployed" if one.config else by_change[changes[-1]])
    if outcome == "AlreadyDeployed":
        return True
    # What an equal deployment changes while this one waits for it is named like its own change: after a lost response
    # nothing distinguishes them.
    return outcome == ("Redeployed" if one.config else "Updated") and any(
        _changes(world, other) for other in story.of(one.endpoint) if _is_equal(one.execution, other.execution)
    )


def _is_equal(one: Execution, other: Execution) -> bool:
    """Say whether two executions were running at the same time and put the same configuration into service."""
    if one is other or other.status != "SUCCEEDED" or str(other.ended) < str(one.started):
        return False
    return bool(
        one.output["EndpointConfigName"] == other.output["EndpointConfigName"] and str(other.started) <= str(one.ended)
    )


def _changes(world: World, one: Asked) -> list[str]:
    return [call.operation for call in _all_changes(world) if call.execution == one.execution.name]


def _all_changes(world: World) -> list[Call]:
    """Return the calls that changed endpoints; a candidate, which CreateCandidate creates, is none of them."""
    return [call for call in world.accepted if call.operation in CHANGES and call.state != "CreateCandidate"]


def _own_faults(world: World, story: Story, one: Asked) -> set[str]:
    """Return the names of failures that are a deployment's own, or that a person caused."""
    if one.is_refused:
        return {REFUSED[one.folder]}
    found = {name for endpoint, kind in story.faults if endpoint == one.endpoint for name in CAUSED_BY[kind]}
    if "CapacityUnavailable" in found and _is_reason_gone(world, story, one):
        found.add("DeploymentRolledBack")
    if one.endpoint in {name for name, _ in story.deletions}:
        found |= DELETION_FAULTS
    if one.endpoint in story.foreign:
        found.add("EndpointNotOurs")
    if one.config and one.config not in world.there().configs and one.config not in _kept(story, one.endpoint):
        found.add("EndpointConfigNotFound")
    return found


def _is_reason_gone(world: World, story: Story, one: Asked) -> bool:
    """Say whether another deployment changed the endpoint after the last change of this content.

    DescribeEndpoint gives the reason of a failed update until the next one begins, which may be between two polls.
    """
    by_name = {other.execution.name: other for other in story.of(one.endpoint)}
    changes = [by_name[call.execution] for call in _all_changes(world) if call.execution in by_name]
    return one.change in [other.change for other in changes] and changes[-1].change != one.change


def _named(world: World, story: Story, one: Asked) -> Iterator[str]:
    config = one.execution.output["EndpointConfigName"]
    if config in world.there().configs:
        if _served(world, config) != (one.content, one.kind):
            yield f"{one.execution.outcome} of {one.endpoint} named {config}, which has another content"
    elif config in _kept(story, one.endpoint):  # others may go: KeepVersions newer ones were in service since
        yield f"{one.execution.outcome} of {one.endpoint} named {config}, which is gone"


def _left(world: World, story: Story) -> Iterator[str]:
    """Yield the configurations and models that are left of deployments, and that no outcome has named."""
    there, announced = world.there(), story.announced()
    for config in there.configs.keys() - announced.keys():
        if not config.endswith("-theirs"):
            yield f"the configuration {config} is left, and no outcome names it"
    for copy in there.copies:
        if copy.split("/")[1] not in there.models:
            yield f"{copy} is left, and its model is gone"
    models = {model for config in announced.keys() & there.configs.keys() for model in there.configs[config]}
    left = {model for model in there.models - models if not model.endswith("-theirs")}
    if shared := {model for model in left if _is_shared(story, model)}:
        left -= shared - _stay_after_a_day(world, story)
    for model in left:
        yield f"the model {model} is left, and no configuration that an outcome names has it"


def _is_shared(story: Story, model: str) -> bool:
    """Say whether an outcome names a model that a deployment with other hosting had too, and ended later without it.

    The removal of the version that was named leaves such a model, because the other configuration has it; the other
    deployment leaves it, because an outcome has named it: a person may use it since, and only idle cleanup reads what
    all endpoints use.
    """
    named = [
        one for one in story.asked if one.execution.outcome in SUCCESSES and one.execution.output["ModelName"] == model
    ]
    return any(
        (other.endpoint, other.content, other.is_upload) == (one.endpoint, one.content, one.is_upload)
        and other.folder != one.folder
        and other.execution.outcome not in SUCCESSES
        and str(other.execution.ended) > str(one.execution.ended)
        for one in named
        for other in story.asked
    )


def _stay_after_a_day(world: World, story: Story) -> frozenset[str]:
    """Run idle cleanup when nothing can be about to use what is left; return the models and archives that stay."""
    world.time.pass_(2 * DAY)
    clean_up(world, keep_versions=story.keep_versions, idle_after_minutes=10 * DAY // 60)
    there = world.there()
    return there.models | {copy.split("/")[1] for copy in there.copies}


def _kept(story: Story, endpoint: str) -> list[str]:
    """Return the configurations that were announced last, KeepVersions of them."""
    ended = [one.execution for one in story.of(endpoint) if one.execution.outcome in SUCCESSES]
    ended.sort(key=lambda execution: str(execution.ended), reverse=True)
    return list(dict.fromkeys(execution.output["EndpointConfigName"] for execution in ended))[: story.keep_versions]


def _served(world: World, config: str) -> tuple[str, str]:
    """Return the content that a configuration serves, and what is special about model or hosting."""
    variant = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": config})["ProductionVariants"][0]
    found = world.buckets.newest(f"deployed/{variant['ModelName']}/model.tar.gz")
    etags = {md5(archive(content)).hexdigest(): content for content in CONTENTS}
    model = world.sagemaker.call("DescribeModel", {"ModelName": variant["ModelName"]})
    kind = model["PrimaryContainer"].get("Environment", {}).get("KIND", "")
    kind = BIG if variant["InstanceType"] == "ml.m5.xlarge" else kind
    return (etags.get(found.etag, "?") if found else "nothing"), kind
