"""The documents that travel from state to state, under SageMaker's own field names."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

BEFORE_TRAFFIC = "BeforeTraffic"
MULTI_MODEL = "MultiModel"  # the Mode of a container
# Bytes that CreateModel copies within its 900 seconds. Public reports have 25 GB in 60 seconds by one function with 110
# connections (aws-solutions/media-exchange-on-aws issue 2) and 171 GB in 385 seconds with 40 (mumrah/s3-multipart pull
# request 13): 350 GiB and more, of which a quarter is left as a margin.
MAX_COPIED = 250 * 1024**3
UPLOAD = "Upload"  # the Trigger of a plan that an upload started; else it is Execution


class Execution(TypedDict):
    """The execution of the state machine: its ARN, its name and its start (ISO 8601, UTC)."""

    Id: str
    Name: str
    StartTime: str


class ImageRequest(TypedDict, total=False):
    """Which image: a framework and what narrows it down, or an explicit URI.

    `OtherImageUris` are those of a model package's further containers.
    """

    Framework: str
    FrameworkVersion: str
    PyVersion: str
    BaseFrameworkVersion: str
    ImageUri: str
    ImageConfig: dict[str, Any]
    OtherImageUris: list[str]


class PlannedImage(TypedDict):
    """The image that will serve the model; `Defaulted` names what was chosen because the input left it open.

    `Parts` are the images of several variants or containers, in their order; `ImageUri` is the first one's then. It is
    empty for a model that exists.
    """

    ImageUri: str
    Defaulted: list[str]
    Parts: NotRequired[list[PlannedImage]]


class ArtifactRequest(TypedDict):
    """Which archive, or which prefix: its `Key` ends with a slash then.

    `VersionId`, `ETag` and `Sequencer` are those of the upload that started the execution.
    """

    Bucket: str
    Key: str
    VersionId: NotRequired[str]
    ETag: NotRequired[str]
    Sequencer: NotRequired[str]


class ContainerPlan(TypedDict):
    """One of several containers of a model: its image, its archive or prefix if it has one, and its environment."""

    ContainerHostname: NotRequired[str]
    Mode: NotRequired[str]
    MultiModelConfig: NotRequired[dict[str, str]]
    ModelAccessConfig: NotRequired[dict[str, bool]]
    Image: ImageRequest
    Artifact: NotRequired[ArtifactRequest]
    AdditionalModelDataSources: NotRequired[list[dict[str, Any]]]
    Environment: dict[str, str]


class VariantPlan(TypedDict):
    """One of several variants: its model, as a plan has it, or the name of one that exists, and its hosting.

    A shadow gets copies of the requests.
    """

    VariantName: str
    InitialVariantWeight: NotRequired[float]
    IsShadow: bool
    ModelName: NotRequired[str]
    ModelPackageArn: NotRequired[str]
    InferenceSpecificationName: NotRequired[str]
    Image: NotRequired[ImageRequest]
    Artifact: NotRequired[ArtifactRequest]
    Mode: NotRequired[str]
    MultiModelConfig: NotRequired[dict[str, str]]
    ModelAccessConfig: NotRequired[dict[str, bool]]
    AdditionalModelDataSources: NotRequired[list[dict[str, Any]]]
    Containers: NotRequired[list[ContainerPlan]]
    AutoScaling: NotRequired[AutoScaling]
    Model: dict[str, Any]
    Variant: dict[str, Any]


class ComponentPlan(TypedDict):
    """One of the inference components of an endpoint: its model, as a plan has it, and what its copies need.

    `Variant` is that of the endpoint, with the component's StartupParameters.
    """

    InferenceComponentName: str
    ComputeResourceRequirements: dict[str, Any]
    CopyCount: int
    ModelPackageArn: NotRequired[str]
    InferenceSpecificationName: NotRequired[str]
    Image: NotRequired[ImageRequest]
    Artifact: NotRequired[ArtifactRequest]
    ModelAccessConfig: NotRequired[dict[str, bool]]
    AdditionalModelDataSources: NotRequired[list[dict[str, Any]]]
    Model: dict[str, Any]
    Variant: dict[str, Any]


class Sample(TypedDict):
    """An invocation: its payload in S3, the headers of InvokeEndpoint, and what is expected of the answer.

    `Expect` and `MaxLatencyMs` are as in the contract.
    """

    Name: str
    Bucket: str
    Key: str
    ContentType: str
    Accept: NotRequired[str]
    TargetContainerHostname: NotRequired[str]
    TargetModel: NotRequired[str]
    Expect: NotRequired[dict[str, Any]]
    MaxLatencyMs: NotRequired[dict[str, int]]


class SmokeTestRequest(TypedDict):
    """The invocations that the new version has to answer as expected.

    `Stage` is BeforeTraffic, on a candidate where the endpoint exists, or AfterTraffic.
    """

    Stage: str
    Samples: list[Sample]


class TrafficAnalysisRequest(TypedDict):
    """After which time the traffic of an update is analyzed, and what is done where that says nothing.

    `OnInconclusive` is Warn or Fail.
    """

    Minutes: int
    MinInvocations: int
    OnInconclusive: str


class Schedule(TypedDict):
    """The bounds that begin to hold at each instant of a cron expression; its time zone is UTC unless it is named."""

    ScheduleExpression: str
    Timezone: NotRequired[str]
    MinCapacity: int
    MaxCapacity: int


class AutoScaling(TypedDict):
    """The scaling of a variant: its bounds, what is tracked, and when the bounds change.

    Tracked are the invocations a minute, or the waiting requests of an asynchronous endpoint, of each instance. In a
    plan it may be empty: scaling is taken off.
    """

    MinCapacity: int
    MaxCapacity: int
    TargetInvocationsPerInstance: NotRequired[int]
    TargetBacklogPerInstance: NotRequired[int]
    Schedules: NotRequired[list[Schedule]]


class VariantScaling(AutoScaling):
    """The scaling of a variant, with its name."""

    VariantName: str


class Plan(TypedDict):
    """A validated deployment.

    `Model`, `Variant` and `EndpointConfig` hold the fields that go into CreateModel, its one production variant and
    CreateEndpointConfig as they are. `EndpointConfigName` is there when an existing configuration is redeployed, and
    then `Image` and `Artifact` are not. With `ModelPackageArn` the model is made from that package; `Artifact` is its
    archive then, and absent where it is not one object in S3. It is absent too where the image loads its model itself.
    With `Containers` each of them has its own `Image` and `Artifact`, with `Variants` each of them its own `Model` and
    `Variant` too: `slipway.deployment.parts` returns a plan for each. With `Components` each of them has its own model,
    and the variant has none.
    With `ManagedAlarms`, alarms are created for updates, in addition to those of `DeploymentConfig`.
    `Deadline` is an instant (ISO 8601, UTC). `Transform` is that of a transform job: the members of CreateTransformJob,
    without names, and `TransformPrice` what its instances cost. `EndpointName` is then what the names of job and model
    begin with, and there is no endpoint.
    """

    EndpointName: str
    Trigger: str
    Deadline: str
    Tags: list[dict[str, str]]
    DeploymentConfig: NotRequired[dict[str, Any]]
    ManagedAlarms: NotRequired[bool]
    AutoScaling: NotRequired[AutoScaling]
    KeepInstanceCount: NotRequired[bool]
    Adopt: NotRequired[bool]
    Message: NotRequired[str]
    SmokeTest: NotRequired[SmokeTestRequest]
    TrafficAnalysis: NotRequired[TrafficAnalysisRequest]
    IdleAfterMinutes: NotRequired[int]
    Protected: NotRequired[bool]
    Transform: NotRequired[dict[str, Any]]
    TransformJobName: NotRequired[str]
    TransformPrice: NotRequired[dict[str, Any]]
    EndpointConfigName: NotRequired[str]
    ModelPackageArn: NotRequired[str]
    InferenceSpecificationName: NotRequired[str]
    Image: NotRequired[ImageRequest]
    Artifact: NotRequired[ArtifactRequest]
    Containers: NotRequired[list[ContainerPlan]]
    ContainerHostname: NotRequired[str]
    Variants: NotRequired[list[VariantPlan]]
    Components: NotRequired[list[ComponentPlan]]
    InferenceComponentName: NotRequired[str]
    ComputeResourceRequirements: NotRequired[dict[str, Any]]
    CopyCount: NotRequired[int]
    Mode: NotRequired[str]
    MultiModelConfig: NotRequired[dict[str, str]]
    ModelAccessConfig: NotRequired[dict[str, bool]]
    AdditionalModelDataSources: NotRequired[list[dict[str, Any]]]
    VariantName: NotRequired[str]
    InitialVariantWeight: NotRequired[float]
    IsShadow: NotRequired[bool]
    ModelName: NotRequired[str]
    Model: NotRequired[dict[str, Any]]
    Variant: NotRequired[dict[str, Any]]
    EndpointConfig: NotRequired[dict[str, Any]]


class TransformData(TypedDict):
    """What a transform job reads: how many objects, how many bytes, and the digest of names, ETags and sizes."""

    Objects: int
    Bytes: int
    Digest: str


class Artifact(TypedDict):
    """An inspected archive: what SageMaker will load, pinned by its ETag; `Size` in bytes.

    Of a model package whose archive could not be looked into there are `IsCurrent`, `HasInferenceCode` and `Warnings`;
    where the image loads its model itself, also `ModelId`, the model that the environment names, or nothing.
    Of a prefix `ETag` is the digest of its listing, and `Size` that of all objects. `Parts` are the artifacts of
    several variants or containers, in their order; `ModelId` is the name of a model that exists. Of the prefix of a
    multi-model container `ETag` is empty: archives come and go, and the model stays. `Additional` are what is loaded
    beside it, in the order of the plan's AdditionalModelDataSources.

    `IsCurrent` is false when a newer upload took the place of the one that started the execution; `UploadedAt` is when
    S3 took it (ISO 8601, UTC). `HasInferenceCode` says that it holds the program, `code/inference.py` or what
    SAGEMAKER_PROGRAM names there, or must hold it in the part that was not read; `Warnings` are sentences for the user.
    """

    Bucket: NotRequired[str]
    Key: NotRequired[str]
    ETag: NotRequired[str]
    Size: NotRequired[int]
    IsCurrent: bool
    UploadedAt: NotRequired[str]
    HasInferenceCode: bool
    Warnings: list[str]
    VersionId: NotRequired[str]
    ModelId: NotRequired[str]
    Parts: NotRequired[list[Artifact]]
    Additional: NotRequired[list[Artifact]]
    Data: NotRequired[TransformData]


def is_prefix(artifact: Artifact | ArtifactRequest) -> bool:
    """Say whether an artifact is all objects below a prefix, uncompressed, and not one archive."""
    return artifact.get("Key", "").endswith("/")


def is_copied(artifact: Artifact) -> bool:
    """Say whether a model loads a copy of its archive: what is below a prefix, and a larger archive, stay in place."""
    return not is_prefix(artifact) and artifact["Size"] <= MAX_COPIED


def is_multi_model(plan: Plan) -> bool:
    """Say whether a container serves many archives below a prefix, each by its name."""
    return plan.get("Mode") == MULTI_MODEL


def artifact_uri(artifact: Artifact | ArtifactRequest) -> str:
    """Return the archive's S3 URI."""
    return f"s3://{artifact['Bucket']}/{artifact['Key']}"


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Return the bucket and the key, or the prefix, of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
