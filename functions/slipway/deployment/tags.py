"""The tags that make SageMaker our database: everything can be re-read after any crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.deployment.ordering import REQUESTED_AT, requested_at
from slipway.deployment.plan import Artifact, Execution, Plan, artifact_uri, is_copied

STACK = "slipway:stack"
EXECUTION = "slipway:execution"
CREATED_BY = "slipway:created-by"  # on endpoints that an upload created: Upload
REQUESTED_BY = "slipway:requested-by"  # on models and configurations: the execution that found them, and relies on them
NAMED_BY = "slipway:named-by"  # on models: another endpoint, a variant of which names the model; it stays
COMPONENT = "slipway:component"  # on models: the inference component that they were created for
ARTIFACT = "slipway:artifact"
DEPLOYED_AT = "slipway:deployed-at"
ENDPOINT = "slipway:endpoint"  # whose model or configuration it is: long names are cut
CANDIDATE_OF = "slipway:candidate-of"  # on candidates: the endpoint that they are of, and until when they are needed
CANDIDATE_UNTIL = "slipway:candidate-until"
MANAGED_ALARMS = "slipway:managed-alarms"  # on endpoints: that a deployment created alarms for it
IN_SERVICE_AT = "slipway:in-service-at"  # on configurations, by the state TagEndpointConfig
ENDPOINT_CONFIG = "slipway:endpoint-config"  # on endpoints: what the last deployment that ended well left in service
UPDATED_BY = "slipway:updated-by"  # on endpoints: the execution that began the last update
# On endpoints: the ARN of a configuration that failed in service, and when the one before was put back.
RESTORED_FROM = "slipway:restored-from"
RESTORED_AT = "slipway:restored-at"
ADOPTED_CONFIG = "slipway:adopted-config"  # on endpoints that were taken over: what served before
MODEL = "slipway:model"  # on configurations: the models of their variants, or the first of them
MESSAGE = "slipway:message"  # on configurations: what the deployment that created them says is new in them
LISTING = "slipway:listing"  # on configurations: the digests of what their models load without a copy
TRANSFORM_DATA = "slipway:transform-data"  # on transform jobs: the digest of what they read
INSTANCE_TYPE = "slipway:instance-type"  # on configurations: what their first variant runs on, or tries first

# What holds for an endpoint beyond one deployment (domain.endpoint_policy), on it and on the configuration that serves.
IDLE_AFTER_MINUTES = "slipway:idle-after-minutes"
PROTECTED = "slipway:protected"
AUTO_SCALING = "slipway:auto-scaling"

# Of an idle endpoint that was deleted, on the configuration that wakes it: instants are ISO 8601, UTC.
IDLE_DELETED_BY = "slipway:idle-deleted-by"  # which stack
IDLE_DELETED_AT = "slipway:idle-deleted-at"
IDLE_SINCE = "slipway:idle-since"
IDLE_INSTANCES = "slipway:idle-instances"
IDLE_ANNOUNCED_AT = "slipway:idle-announced-at"

MAX_VALUE = 256  # characters of a tag value
MAX_MODELS = 4  # names of 63 characters, in one value
VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
MAX_DIGESTS = 6  # in one value: an ETag of an upload in 10,000 parts has 38 characters


def own_tags(plan: Plan, execution: Execution, stack: str, artifact: Artifact | None) -> list[dict[str, str]]:
    """Return the tags of whatever a deployment creates or updates, but the user's.

    The artifact is the model package's ARN, or the archive's S3 URI with `#<version id>` where the bucket is versioned,
    or the model that the environment names for an image that loads it itself; those of several variants and containers
    are separated by spaces. It is cut at its beginning where it is
    longer than a tag may be, because archives differ at the end.
    """
    ours = {STACK: stack, EXECUTION: execution["Id"], DEPLOYED_AT: execution["StartTime"]}
    ours[ENDPOINT] = plan["EndpointName"]
    ours[REQUESTED_AT] = requested_at(plan, artifact, execution)
    if "ModelPackageArn" in plan:
        ours[ARTIFACT] = plan["ModelPackageArn"]
    elif artifact is not None:
        ours[ARTIFACT] = _taggable(" ".join(filter(None, map(_source_of, _leaves_of(artifact)))))
    return [{"Key": key, "Value": value} for key, value in ours.items()]


def _leaves_of(artifact: Artifact) -> Iterator[Artifact]:
    if "Parts" not in artifact:
        yield artifact
    for part in artifact.get("Parts", []):
        yield from _leaves_of(part)


def _source_of(artifact: Artifact) -> str:
    if "ModelId" in artifact:
        return artifact["ModelId"]
    version = f"#{artifact['VersionId']}" if artifact.get("VersionId") else ""
    return f"{artifact_uri(artifact)}{version}"


def tags_of_config(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the tags that describe a configuration's content, so that a list of many needs no description of each."""
    variant = request["ProductionVariants"][0]
    models = [one["ModelName"] for kind in VARIANTS for one in request.get(kind, []) if "ModelName" in one]
    pools = sorted(variant.get("InstancePools", []), key=lambda pool: pool.get("Priority", 0))
    instance_type = variant.get("InstanceType") or next((pool["InstanceType"] for pool in pools), None)
    found = {MODEL: " ".join(dict.fromkeys(models[:MAX_MODELS])), INSTANCE_TYPE: instance_type}
    return [{"Key": key, "Value": value} for key, value in found.items() if value]


def tags_of_message(plan: Plan) -> list[dict[str, str]]:
    """Return the message of a deployment as a configuration's tag, which outlives its execution."""
    return [{"Key": MESSAGE, "Value": _taggable(plan["Message"])}] if "Message" in plan else []


def tags_of_listing(artifact: Artifact | None) -> list[dict[str, str]]:
    """Return what a configuration's tags say of what is not copied, so that a rollback sees whether it has changed."""
    leaves = _leaves_of(artifact) if artifact else ()
    digests = list(dict.fromkeys(etag for leaf in leaves for etag in _left_in_place(leaf)))[:MAX_DIGESTS]
    return [{"Key": LISTING, "Value": " ".join(digests)}] if digests else []


def _left_in_place(artifact: Artifact) -> Iterator[str]:
    if artifact.get("ETag") and not is_copied(artifact):
        yield artifact["ETag"]
    yield from (one["ETag"] for one in artifact.get("Additional", []))


def transform_tags(digest: str) -> list[dict[str, str]]:
    """Return what a transform job's tags say of its data: the same prefix may have other objects another time."""
    return [{"Key": TRANSFORM_DATA, "Value": digest}]


def created_by(tags: Mapping[str, str], execution: Execution) -> bool:
    """Say whether something with these tags was created by this execution."""
    return tags.get(EXECUTION) == execution["Id"]


def owner_of(tags: Mapping[str, str]) -> str:
    """Return the execution that requested a model or a configuration last: the one that removes it if it fails."""
    return tags.get(REQUESTED_BY) or tags.get(EXECUTION, "")


def _taggable(value: str) -> str:
    # Tag values take letters, digits, spaces and _ . : / = + - @; S3 keys may hold anything.
    legal = "".join(c if c.isalnum() or c in " _.:/=+-@" else "_" for c in value.replace("#", "@"))
    return legal[-MAX_VALUE:]
