"""The ledger of assumptions: what no document of AWS settles, how it is found out, and what depends on it.

`docs/assumptions.md` is generated from this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slipway_cli.doctor import probes
from slipway_cli.doctor.lab import ACCEPTED, Lab

# US dollars. An hour of one ml.m5.large in us-east-1 (tests/unit/slipway_cli/doctor compares it with the price table),
# and the minutes that an endpoint lives for the probes that share it, its creation included.
INSTANCE_HOUR = 0.115
SHARED_MINUTES = {"instances": 15, "asynchronous": 15, "serverless": 0}


@dataclass(frozen=True)
class Assumption:
    """One question: `expected` are the answers that the product is right with.

    `calls` is the sequence of AWS calls, `shared` the endpoint that the probe shares with others, and `minutes` are
    those of an instance that only this probe needs.
    """

    key: str
    assumption: str
    expected: tuple[str, ...]
    depends: str
    calls: str
    probe: Callable[[Lab], str]
    shared: str = ""
    minutes: int = 0


def cost_of(assumptions: Iterable[Assumption]) -> float:
    """Return the estimated cost of probes that run together, in US dollars; shared endpoints are created once."""
    chosen = list(assumptions)
    minutes = sum(one.minutes for one in chosen)
    minutes += sum(SHARED_MINUTES[kind] for kind in {one.shared for one in chosen if one.shared})
    return round(minutes * INSTANCE_HOUR / 60, 2)


CREATE = "CreateModel, CreateEndpointConfig"

ASSUMPTIONS = (
    # Texts and names that errors are recognised by
    Assumption(
        "not-found-texts",
        "What does not exist is refused as a ValidationException whose text begins with `Could not find`.",
        ("as expected",),
        "`NotFound` and `NotVisibleYet`, which decide between creating, updating and retrying (slipway.aws.errors)",
        "Describe and Delete of an endpoint, a configuration and a model, CreateEndpoint",
        probes.not_found_texts,
    ),
    Assumption(
        "already-exists-texts",
        "What exists is refused with a text that begins with `Cannot create already existing`.",
        ("as expected",),
        "`AlreadyExists`: an attempt whose answer was lost is recognised (slipway.aws.errors)",
        f"{CREATE}, each twice",
        probes.already_exists_texts,
    ),
    Assumption(
        "busy-texts",
        "A busy endpoint refuses update and deletion with `Cannot update in-progress endpoint`.",
        ("as expected",),
        "`EndpointBusy`: the workflow waits for its turn (slipway.aws.errors)",
        f"{CREATE}, CreateEndpoint (serverless), UpdateEndpoint, DeleteEndpoint",
        probes.busy_texts,
    ),
    Assumption(
        "invocation-of-nothing",
        "InvokeEndpoint of a missing endpoint is refused with the code ValidationError.",
        ("ValidationError",),
        "what `slipway invoke`, the console and smoke tests say of a missing endpoint",
        "InvokeEndpoint",
        probes.invocation_of_nothing,
    ),
    Assumption(
        "sdk-error-name",
        "A refusal that the SDK of Step Functions does not model is named SageMaker.SageMakerException.",
        ("SageMaker.SageMakerException",),
        "the Retry and Catch of the states that call SageMaker (statemachine/deploy_endpoint.asl.yaml)",
        "CreateStateMachine, StartExecution of one aws-sdk task, DescribeExecution",
        probes.sdk_error_name,
    ),
    Assumption(
        "failure-event",
        "The event of a failed execution has the error's name in `detail.error`.",
        ("ProbeError",),
        "the metric FailuresByError and its dashboard (slipway.outcomes.record_outcome)",
        "CreateStateMachine, PutRule to a queue, StartExecution of one Fail state, ReceiveMessage",
        probes.failure_event,
    ),
    Assumption(
        "key-in-event",
        "EventBridge's `Object Created` event has the key as it is, not URL-encoded.",
        ("as uploaded",),
        "uploads whose keys have spaces or other characters (slipway.planning.uploads)",
        "PutRule to a queue, PutObject, ReceiveMessage",
        probes.key_in_event,
    ),
    # Models and configurations
    Assumption(
        "matching-etag",
        "CreateModel takes S3DataSource.ETag with the ETag of the object.",
        (ACCEPTED,),
        "every deployment on instances: models are pinned by ETag (slipway.hosting.requests)",
        "PutObject, HeadObject, CreateModel",
        probes.matching_etag,
    ),
    Assumption(
        "other-etag",
        "A model whose S3DataSource.ETag is not that of the object is not served.",
        ("not served",),
        "what is deployed is what was inspected, also when the copy is overwritten (docs/adr/0003)",
        f"{CREATE}, CreateEndpoint",
        probes.other_etag,
        minutes=10,
    ),
    Assumption(
        "serverless-model-data-source",
        "A model with ModelDataSource is not hosted serverless.",
        ("refused",),
        "serverless deployments name their copy in ModelDataUrl, which has no ETag (slipway.hosting.requests)",
        f"{CREATE}, CreateEndpoint (serverless)",
        probes.serverless_model_data_source,
    ),
    Assumption(
        "type-and-pools",
        "A variant with InstanceType and InstancePools is refused.",
        ("refused",),
        "the rule one-kind-of-hosting",
        "CreateEndpointConfig",
        probes.type_and_pools,
    ),
    Assumption(
        "volume-on-local-disks",
        f"VolumeSizeInGB is refused for {', '.join(probes.LOCAL_DISKS)}.",
        ("refused",),
        "the rule volume-size, which follows the SageMaker SDK's list of families (slipway.deployment.instance_types)",
        "CreateEndpointConfig for each type",
        probes.volume_on_local_disks,
    ),
    Assumption(
        "tag-keys-case",
        "Tag keys that differ in case only are duplicates.",
        ("refused",),
        "the rule of unique tag keys (slipway.planning.contract.rules)",
        "CreateModel",
        probes.tag_keys_case,
    ),
    Assumption(
        "deletion-in-use",
        "A configuration and a model that an endpoint uses can be deleted.",
        (ACCEPTED,),
        "removal asks what is in use before it deletes: AWS does not protect it (slipway.versions.in_use)",
        f"{CREATE}, CreateEndpoint (serverless), DeleteEndpointConfig, DeleteModel",
        probes.deletion_in_use,
    ),
    # Updates
    Assumption(
        "real-time-to-asynchronous",
        "A real-time endpoint cannot become asynchronous.",
        ("refused",),
        "`HostingCannotChange` (slipway.deployment.hosting_kind)",
        "CreateEndpointConfig, UpdateEndpoint",
        probes.real_time_to_asynchronous,
        shared="instances",
    ),
    Assumption(
        "asynchronous-to-real-time",
        "An asynchronous endpoint cannot become a real-time one.",
        ("refused",),
        "`HostingCannotChange` (slipway.deployment.hosting_kind)",
        "CreateEndpointConfig, UpdateEndpoint",
        probes.asynchronous_to_real_time,
        shared="asynchronous",
    ),
    Assumption(
        "serverless-to-asynchronous",
        "A serverless endpoint cannot become asynchronous.",
        ("refused",),
        "`HostingCannotChange` (slipway.deployment.hosting_kind)",
        "CreateEndpointConfig, UpdateEndpoint",
        probes.serverless_to_asynchronous,
        shared="serverless",
    ),
    Assumption(
        "serverless-to-pools",
        "A serverless endpoint becomes one on InstancePools, as on one InstanceType.",
        (ACCEPTED,),
        "`HostingCannotChange` is not raised for it (slipway.deployment.hosting_kind)",
        f"{CREATE}, CreateEndpoint (serverless), UpdateEndpoint",
        probes.serverless_to_pools,
        minutes=10,
    ),
    Assumption(
        "pending-summary",
        "During an update EndpointConfigName is the old one and PendingDeploymentSummary names the new one.",
        ("old and pending",),
        "a step that is taken twice, newest wins, what is in use (slipway.deployment.endpoint_status)",
        "CreateEndpointConfig, UpdateEndpoint, DescribeEndpoint",
        probes.pending_summary,
        shared="instances",
        minutes=10,
    ),
    Assumption(
        "missing-alarm",
        "An update that names an alarm which does not exist is refused, or carried out; it is not rolled back.",
        ("refused", "updated"),
        "`AlarmNotFound` refuses it, so that no update runs without the guard that it names",
        "CreateEndpointConfig, UpdateEndpoint with AutoRollbackConfiguration",
        probes.missing_alarm,
        shared="instances",
        minutes=10,
    ),
    Assumption(
        "firing-alarm",
        "An update that names an alarm in ALARM is refused, or rolled back.",
        ("refused", "rolled back"),
        "`AlarmAlreadyFiring` refuses it before the copy is made",
        "PutMetricAlarm, SetAlarmState, CreateEndpointConfig, UpdateEndpoint with AutoRollbackConfiguration",
        probes.firing_alarm,
        shared="instances",
        minutes=15,
    ),
    # What descriptions, archives and metrics say
    Assumption(
        "modified-while-creating",
        "LastModifiedTime stands still while an endpoint is Creating.",
        ("stands still",),
        "`StuckCreating` and the poll schedule, which time an endpoint by it (slipway.hosting.durations)",
        f"{CREATE}, CreateEndpoint (serverless), DescribeEndpoint until it is InService",
        probes.modified_while_creating,
    ),
    Assumption(
        "modified-by-tags",
        "AddTags does not change an endpoint's LastModifiedTime.",
        ("stands still",),
        "idle cleanup describes fewer endpoints then; a change costs calls, and deletes nothing (slipway.cleanup)",
        "DescribeEndpoint, AddTags, DescribeEndpoint",
        probes.modified_by_tags,
        shared="serverless",
    ),
    Assumption(
        "hard-links",
        "SageMaker does not unpack an archive with a hard link.",
        ("refused", "left out"),
        "preflight warns of hard links, and the local stack refuses them (slipway.preflight.inspect_artifact)",
        f"PutObject, {CREATE}, CreateEndpoint (serverless), InvokeEndpoint",
        probes.hard_links,
    ),
    Assumption(
        "metric-delay",
        "An invocation is in CloudWatch within five minutes.",
        ("within 5 minutes",),
        "idle cleanup: an invocation at the end of the window may not be seen (docs/adr/0006)",
        "InvokeEndpoint, GetMetricStatistics until it shows",
        probes.metric_delay,
        shared="instances",
        minutes=5,
    ),
    Assumption(
        "asynchronous-metric",
        "Processed asynchronous invocations are counted in InvocationsProcesssed, spelled so, or InvocationsProcessed.",
        ("InvocationsProcesssed", "InvocationsProcessed"),
        "idle cleanup of asynchronous endpoints (slipway.cleanup.metrics)",
        "InvokeEndpointAsync, ListMetrics until it is listed",
        probes.asynchronous_metric,
        shared="asynchronous",
        minutes=5,
    ),
    Assumption(
        "quota-names",
        f"Service Quotas names instance quotas `<type> for endpoint usage`, within {probes.QUOTA_PAGES} pages of 100.",
        ("found",),
        "the check of instance quotas (slipway.preflight.aws)",
        "ListServiceQuotas",
        probes.quota_names,
    ),
    Assumption(
        "dashboard",
        "CloudWatch finds nothing wrong with the stack's dashboard.",
        ("valid",),
        "the dashboard in template.yaml, which was never rendered",
        "GetDashboard, PutDashboard",
        probes.dashboard,
    ),
)

# What the documentation leaves open, and why no probe asks for it.
NOT_PROBED = (
    ("ModelDataSource together with ModelDataUrl; Gzip with S3Prefix", "Slipway never sends either."),
    ("A manifest of files (ManifestS3Uri, ManifestEtag), S3DataType Converse, hub rights", "No field sets them."),
    ("Pools on a scaled variant", "The workflow ends scaling before an update that changes the type, pools included."),
    (
        "Model-based endpoints and inference components: updates, metrics, scaling rights, deletion",
        "Slipway does not change the one into the other, deletes components before their endpoint, and idle cleanup "
        "leaves endpoints that have some alone.",
    ),
    ("16 or 100 environment entries in model packages and components", "Slipway creates neither."),
    (
        "kms:CreateGrant of the caller at UpdateEndpoint; KMS rights for encrypted SNS topics",
        "Both roles that update have kms:CreateGrant. A key costs a dollar and is deleted after seven days at the "
        "earliest; topics take a role of the user's own.",
    ),
    ("Marketplace rights at deployment", "A probe would need a paid subscription."),
    (
        "Batch transform: output keys, price",
        "The outputs of a job are listed and no key is built from the input's; costs are estimates, and HostingPrices "
        "overrides them.",
    ),
    ("Streaming limits", "Slipway invokes endpoints without streaming."),
    ("Sandbox.Timedout", "It is retried among other names; no call produces it on purpose."),
    ("Prices", "They are estimates with a date, and HostingPrices overrides them."),
    ("The tags `latest` of built-in algorithms", "`slipway doctor` checks the images of the Region by their registry."),
)
