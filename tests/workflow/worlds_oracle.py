"""The oracle of random worlds.

It uses nothing of the product: it keeps what was asked for and when, reads SageMaker's own tables and which requests it
accepted, and knows of a configuration only which archive its model was created from, and how it is hosted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import md5
from itertools import pairwise

from slipway_local.sagemaker.errors import SageMakerError
from tests.workflow.faults import Call
from tests.workflow.random_worlds import (
    BIG,
    CONTENTS,
    ENDPOINTS,
    FAILS,
    REFUSED,
    SCALED,
    SUCCESSES,
    Asked,
    Story,
    remove_unused_after_two_days,
)
from tests.workflow.surroundings import archive
from tests.workflow.world import World

# The names of failures by what was ordered to fail, as docs/errors.md explains them.
CAUSED_BY = {
    "PingFailed": {"ContainerFailedPing", "DeploymentRolledBack"},
    "NoCapacity": {"CapacityUnavailable"},
    "SilentRollback": {"DeploymentRolledBack"},
}
DELETION_FAULTS = {"EndpointDeleting", "EndpointDeleted", "NotVisibleYet"}
CHANGED = ("Created", "Updated", "Redeployed")  # outcomes of what has removed old versions and what was left
CHANGES = ("CreateEndpoint", "UpdateEndpoint")
DEADLINE = timedelta(hours=1)
# The workflow's bounds: what could not be put back or removed by then is named in the failure.
MAX_RESTORATIONS, MAX_REMOVALS = 3, 180


def in_use_violations(world: World) -> Iterator[str]:
    """Yield what an endpoint serves with and is not there: configuration, models, and the archives that they load."""
    there = world.there()
    for name, (status, config) in there.endpoints.items():
        if status in ("Failed", "Deleting"):
            continue
        if config not in there.configs:
            yield f"{name} is {status} with {config}, which is gone"
            continue
        if gone := there.configs[config] - there.models:
            yield f"{name} is {status} with models {gone}, which are gone"
        if lost := {model for model in there.configs[config] if not model.endswith("-theirs")} - there.archives():
            yield f"{name} is {status} with the archives of {lost}, which are gone"


def violations_at_rest(world: World, story: Story) -> Iterator[str]:
    """Yield what must not be whenever all executions have ended."""
    for endpoint in ENDPOINTS:
        yield from _newest(world, story, endpoint)
        yield from _result(world, story, endpoint)
        yield from _last_success(world, story, endpoint)


def violations(world: World, story: Story) -> Iterator[str]:
    """Yield what must not be at the end."""
    yield from violations_at_rest(world, story)
    for one in story.asked:
        if not one.is_stopped:
            yield from _outcome(world, story, one)
    yield from _left(world, story)


def _newest(world: World, story: Story, endpoint: str) -> Iterator[str]:
    own = story.of(endpoint)
    lasting = [one for one in own if not one.is_stopped]
    if not lasting:
        return
    newest = lasting[-1]
    outcome = newest.execution.outcome
    stopped = [one for one in own if one.number > newest.number]
    found = world.there().endpoints.get(endpoint)
    if outcome in SUCCESSES:
        if found is None:
            if story.last_deletion(endpoint) <= newest.number:
                yield f"{endpoint} is gone, and {newest.content} was the newest: {outcome}"
        elif _served(world, found[1]) not in [(one.content, one.kind) for one in (newest, *stopped)]:
            yield f"{endpoint} serves {_served(world, found[1])}, and {newest.content} was the newest: {outcome}"
    elif outcome not in _own_faults(world, story, newest) and not (outcome == "Superseded" and stopped):
        yield f"the newest of {endpoint}, {newest.content}, ended {outcome}: {newest.execution.cause[:200]}"


def _result(world: World, story: Story, endpoint: str) -> Iterator[str]:
    """Yield what the result file beside the uploads says that is not so of the newest one."""
    uploads = [one.execution for one in story.asked if one.endpoint == endpoint and one.is_upload]
    if not uploads:
        return
    found = world.buckets.newest(f"models/{endpoint}/deployment-result.json")
    result = json.loads(found.content) if found else {}
    newest = uploads[-1]
    if newest.status == "STOPPED":
        return  # an EventBridge rule writes the results of stopped executions, and there is none here
    said = result.get("Error") or result.get("Outcome")
    if (result.get("Execution"), said) != (newest.arn, newest.outcome):
        yield f"the result of {endpoint} is {said} of {result.get('Execution')}: {newest.name} ended {newest.outcome}"


def _last_success(world: World, story: Story, endpoint: str) -> Iterator[str]:
    """Yield what a failed deployment has destroyed: an endpoint that was announced, or its scaling."""
    deleted = story.last_deletion(endpoint)
    own = [one for one in story.of(endpoint) if one.number >= deleted]
    announced = [one for one in own if one.execution.outcome in SUCCESSES]
    if not announced:
        return
    there = world.there()
    status, config = there.endpoints.get(endpoint, ("gone", ""))
    is_stopped = any(one.is_stopped for one in own)  # what it serves then is not said by any outcome
    is_given_up = any(_has_given_up(world, one, config) for one in own)
    if status != "InService" or (config not in story.announced() and not is_stopped and not is_given_up):
        yield f"{endpoint} is {status} with {config or 'nothing'}, and deployments of it have succeeded"
    is_scaled = any(resource.split("/")[1] == endpoint for resource in there.scaled)
    if not is_scaled and any(one.folder == SCALED for one in announced if not one.config) and not is_stopped:
        yield f"{endpoint} is not scaled any more"


def _has_given_up(world: World, one: Asked, config: str) -> bool:
    """Say whether a deployment tried to put back what served before as often as it may, and names what stays."""
    begun = [call for call in world.accepted if (call.state, call.operation) == ("RestorePreviousConfig", CHANGES[1])]
    attempts = [call.execution for call in begun].count(one.execution.name)
    return attempts >= MAX_RESTORATIONS and f"EndpointConfig {config}" in _stays(one)


def _stays(one: Asked) -> list[str]:
    """Return what a failure says that it could not remove."""
    if one.execution.status != "FAILED":
        return []
    kept: list[str] = json.loads(one.execution.cause)["Resources"]["Kept"]
    return kept


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
    return outcome == "AlreadyDeployed"


def _changes(world: World, one: Asked) -> list[str]:
    return [call.operation for call in _all_changes(world) if call.execution == one.execution.name]


def _all_changes(world: World) -> list[Call]:
    return [call for call in world.accepted if _is_change(call)]


def _is_change(call: Call) -> bool:
    """Say whether a call changed an endpoint; a candidate, which CreateCandidate creates, is none."""
    return call.operation in CHANGES and call.state != "CreateCandidate"


def _own_faults(world: World, story: Story, one: Asked) -> set[str]:
    """Return the names of failures that are a deployment's own, or that a person caused."""
    if one.is_refused:
        return {REFUSED[one.folder]}
    found = {name for endpoint, kind in story.faults if endpoint == one.endpoint for name in CAUSED_BY[kind]}
    if one.test == FAILS:
        found.add("SmokeTestFailed")
    if one.execution.ended and one.execution.ended - one.execution.started >= DEADLINE:
        found.add("DeadlineExceeded")
    if "CapacityUnavailable" in found and _is_reason_gone(world, story, one):
        found.add("DeploymentRolledBack")
    is_removed = any(other.test == FAILS and other.number < one.number for other in story.of(one.endpoint))
    # A deployment that created the endpoint and whose smoke test fails deletes it, also while a newer one waits whose
    # update was rolled back.
    if one.endpoint in {name for name, _ in story.deletions} or (found and is_removed):
        found |= DELETION_FAULTS
    if one.endpoint in story.foreign:
        found.add("EndpointNotOurs")
    is_kept = one.config in _kept(story, one.endpoint) and one.config not in story.removed
    if one.config and one.config not in world.there().configs and not is_kept:
        found |= {"EndpointConfigNotFound", "NotVisibleYet"}
    return found


def _is_reason_gone(world: World, story: Story, one: Asked) -> bool:
    """Say whether another deployment changed the endpoint after the last change of this content.

    DescribeEndpoint gives the reason of a failed update until the next one begins, which may be between two polls.
    """
    ended = str(one.execution.ended)
    by_name = {
        other.execution.name: other.change
        for other in story.of(one.endpoint)
        if str(other.execution.started) <= ended and str(other.execution.ended) >= str(one.execution.started)
    }
    changes = [by_name[call.execution] for call in _all_changes(world) if call.execution in by_name]
    return any(change == one.change != after for change, after in pairwise(changes))


def _named(world: World, story: Story, one: Asked) -> Iterator[str]:
    config = one.execution.output["EndpointConfigName"]
    if config in world.there().configs:
        if _served(world, config) != (one.content, one.kind):
            yield f"{one.execution.outcome} of {one.endpoint} named {config}, which has another content"
    elif config in _kept(story, one.endpoint) and config not in story.removed:
        # Others may go: KeepVersions newer ones were in service since.
        yield f"{one.execution.outcome} of {one.endpoint} named {config}, which is gone"


def _left(world: World, story: Story) -> Iterator[str]:
    """Yield what is left of deployments: configurations and models that no outcome has named, and their archives."""
    there, announced = world.there(), story.announced().keys()
    theirs = {name for name in {*there.configs, *there.models} if name.startswith("by-hand-") or "-theirs" in name}
    needed = there.configs.keys() & {*announced, *theirs, *(config for _, config in there.endpoints.values())}
    models = there.models - {model for config in needed for model in there.configs[config]}
    left = {*(there.configs.keys() - needed), *models} - theirs
    for copy in there.copies:
        if copy.split("/")[1] not in there.models:
            yield f"{copy} is left, and its model is gone"
    if may_stay_a_day := {name for name in left if _may_stay_a_day(story, name, is_model=name in models)}:
        for _ in range(2):  # what a candidate has goes in the run after the one that deletes the candidate
            remove_unused_after_two_days(world, story)
            world.settle()
        may_stay_a_day -= world.there().names() | world.there().archives()
    for name in left - may_stay_a_day:
        yield f"{name} is left, and no outcome names it"


def _may_stay_a_day(story: Story, name: str, *, is_model: bool) -> bool:
    """Say whether only idle cleanup removes it: it may be about to be used, as far as a deployment can know."""
    endpoint = name.rpartition("-")[0].removesuffix("-candidate")
    own = [one for one in story.asked if one.endpoint == endpoint]
    stopped = [one for one in own if one.is_stopped]
    if stopped and (is_model or not any(_is_since(one, stopped[-1]) for one in own)):
        return True
    if any(_could_not_remove(one, name) for one in own):
        return True
    return is_model and (name in story.without_config or _is_shared(story, name) or _overlapped(story, name))


def _could_not_remove(one: Asked, name: str) -> bool:
    """Say whether the endpoint was busy for as long as a failed deployment tried to remove something."""
    was_busy = one.execution.history.count("RemoveFailedDeployment") >= MAX_REMOVALS
    return was_busy and any(kept.split()[-1] == name for kept in _stays(one))


def _is_since(one: Asked, stopped: Asked) -> bool:
    """Say whether a deployment removes what a stopped one left.

    One that was requested before the stopped one leaves what that requested, and one that ended before the stop did not
    know of it.
    """
    is_later = one.number > stopped.number and str(one.execution.ended) > str(stopped.execution.ended)
    return one.execution.outcome in CHANGED and is_later


def _is_shared(story: Story, model: str) -> bool:
    """Say whether an outcome names a model that a deployment with other hosting had too, and ended later without it.

    The removal of the version that was named leaves such a model, because the other configuration has it; the other
    deployment leaves it, because it did not create it, and an outcome has named it.
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


def _overlapped(story: Story, model: str) -> bool:
    """Say whether two deployments of a model's endpoint and content ran at the same time.

    Each sees the configuration, or the candidate, of the other, and leaves the model to idle cleanup.
    """
    own = [one for one in story.of(model.rpartition("-")[0]) if one.execution.ended]
    return any(
        one.content == other.content and str(other.execution.started) <= str(one.execution.ended)
        for number, one in enumerate(own)
        for other in own[number + 1 :]
    )


def _kept(story: Story, endpoint: str) -> list[str]:
    """Return the configurations that were announced last, KeepVersions of them."""
    ended = [one.execution for one in story.of(endpoint) if one.execution.outcome in SUCCESSES]
    ended.sort(key=lambda execution: str(execution.ended), reverse=True)
    return list(dict.fromkeys(execution.output["EndpointConfigName"] for execution in ended))[: story.keep_versions]


def _served(world: World, config: str) -> tuple[str, str]:
    """Return the content that a configuration serves, and what is special about model or hosting."""
    try:
        found = world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": config})
        variant = found["ProductionVariants"][0]
        model = world.sagemaker.call("DescribeModel", {"ModelName": variant["ModelName"]})
    except SageMakerError as error:
        return error.message, ""
    archived = world.buckets.newest(f"deployed/{variant['ModelName']}/model.tar.gz")
    etags = {md5(archive(content)).hexdigest(): content for content in CONTENTS}
    kind = model["PrimaryContainer"].get("Environment", {}).get("KIND", "")
    kind = BIG if variant["InstanceType"] == "ml.m5.xlarge" else kind
    return (etags.get(archived.etag, "?") if archived else "nothing"), kind
