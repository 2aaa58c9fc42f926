"""The fields of a deployment, in the order the documentation lists them.

Each row: the field, the SageMaker shape and member it is (or a JSON Schema of ours), what it means, and an
example of what to write. The meaning is shown by editors; the example is shown by error messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dev.schema.own_shapes import (
    ADDITIONAL_MODEL_DATA_SOURCES,
    AUTO_SCALING,
    FRAMEWORK,
    IDLE_AFTER_MINUTES,
    MODEL_DATA_SOURCE,
    S3_MODEL,
    SMOKE_TEST,
    TRAFFIC_ANALYSIS,
    VERSION,
)
from slipway.planning.contract.parts import COMPONENT_FIELDS, CONTAINER_FIELDS, HOSTING_FIELDS, MODEL_FIELDS


@dataclass(frozen=True)
class ListOf:
    """The shape of a list of objects: SageMaker's members by their `Shape.Member`, and fields of the deployment."""

    members: tuple[str, ...]
    fields: tuple[str, ...]
    at_least: int
    at_most: int
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One field: `shape` is `Shape.Member` in SageMaker's model, or a JSON Schema where the field is ours."""

    name: str
    shape: str | dict[str, Any] | ListOf
    meaning: str
    example: Any
    expects: str = ""  # a shape of ours in words, for error messages


WORDS = "a version or tag of letters, digits and . _ + -, beginning with a letter or digit"
SERVERLESS_EXAMPLE = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}

VARIANTS = ListOf(
    ("ProductionVariant.VariantName", "ProductionVariant.InitialVariantWeight", "ProductionVariant.ModelName"),
    (*MODEL_FIELDS, *HOSTING_FIELDS, "AutoScaling"),
    1,
    10,
    ("VariantName",),
)

COMPONENTS = ListOf(
    (
        "CreateInferenceComponentInput.InferenceComponentName",
        "InferenceComponentSpecification.ComputeResourceRequirements",
        "InferenceComponentRuntimeConfig.CopyCount",
    ),
    COMPONENT_FIELDS,
    1,
    20,
    ("InferenceComponentName", "ComputeResourceRequirements"),
)

FIELDS = (
    Field(
        "EndpointName",
        "CreateEndpointInput.EndpointName",
        "The endpoint to create or update",
        "my-endpoint",
    ),
    Field(
        "ModelDataUrl",
        S3_MODEL,
        "The model: an archive, or a prefix that ends with / and has the model's files below it",
        "s3://my-bucket/models/my-endpoint/model.tar.gz",
        "an s3:// URI of one .tar.gz object, or of a prefix that ends with /",
    ),
    Field(
        "ModelDataSource",
        MODEL_DATA_SOURCE,
        "The model, in SageMaker's own form, instead of ModelDataUrl",
        {
            "S3DataSource": {
                "S3Uri": "s3://my-bucket/models/my-model/v1/",
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
            }
        },
    ),
    Field(
        "AdditionalModelDataSources",
        ADDITIONAL_MODEL_DATA_SOURCES,
        "What the container loads beside the model, such as a draft model for speculative decoding",
        [
            {
                "ChannelName": "draft",
                "S3DataSource": {
                    "S3Uri": "s3://my-bucket/models/my-draft-model/v1/",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                },
            }
        ],
    ),
    Field(
        "TrainingJobName",
        "DescribeTrainingJobRequest.TrainingJobName",
        "A training job that completed: its artifact, and its image unless another is given",
        "my-training-job",
    ),
    Field(
        "ModelPackageArn",
        "UpdateModelPackageInput.ModelPackageArn",
        "An approved version in the Model Registry, whose artifact and image are deployed",
        "arn:aws:sagemaker:us-east-1:123456789012:model-package/my-models/1",
    ),
    Field(
        "InferenceSpecificationName",
        "ContainerDefinition.InferenceSpecificationName",
        "Which of the package's additional inference specifications is deployed (default: its main one)",
        "small",
    ),
    Field(
        "EndpointConfigName",
        "CreateEndpointInput.EndpointConfigName",
        "Redeploy this existing endpoint configuration: a rollback, or waking a deleted endpoint",
        "my-endpoint-0f1e2d3c4b5a",
    ),
    Field(
        "Framework",
        FRAMEWORK,
        "The framework or built-in algorithm whose AWS image serves the model",
        "sklearn",
        "a framework's name of lower-case letters, digits and . _ -, beginning with a letter or digit",
    ),
    Field("FrameworkVersion", VERSION, "Its version (default: the newest that serves models)", "1.2-1", WORDS),
    Field("PyVersion", VERSION, "The image's Python, where a version comes with several", "py3", WORDS),
    Field("BaseFrameworkVersion", VERSION, "For Hugging Face images: the framework beneath", "pytorch2.6.0", WORDS),
    Field(
        "ImageUri",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^\S+$"},
        "An explicit image instead of a framework",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-image:1.0",
        "a registry path with a tag or digest, without spaces",
    ),
    Field(
        "ImageConfig",
        "ContainerDefinition.ImageConfig",
        "How SageMaker reaches the registry of ImageUri: Vpc for a private one outside Amazon ECR",
        {"RepositoryAccessMode": "Vpc"},
    ),
    Field(
        "Containers",
        ListOf(("ContainerDefinition.ContainerHostname",), CONTAINER_FIELDS, 2, 15),
        "Several containers of one model, each with the fields of its own, in the order of their invocation",
        [
            {"ModelDataUrl": "s3://my-bucket/models/my-scaler/model.tar.gz", "Framework": "sklearn"},
            {"ModelDataUrl": "s3://my-bucket/models/my-model/model.tar.gz", "Framework": "xgboost"},
        ],
    ),
    Field(
        "InferenceExecutionConfig",
        "CreateModelInput.InferenceExecutionConfig",
        "Whether several containers answer one after the other (Serial), or each by its ContainerHostname (Direct)",
        {"Mode": "Serial"},
    ),
    Field(
        "Mode",
        "ContainerDefinition.Mode",
        "MultiModel: ModelDataUrl is a prefix, and each request names one of the archives below it",
        "MultiModel",
    ),
    Field(
        "MultiModelConfig",
        "ContainerDefinition.MultiModelConfig",
        "Whether models stay loaded after a request",
        {"ModelCacheSetting": "Disabled"},
    ),
    Field(
        "ProductionVariants",
        VARIANTS,
        "Several models behind one endpoint, each with its share of the requests; other fields hold for all of them",
        [
            {"VariantName": "A", "InitialVariantWeight": 80, "ModelDataUrl": "s3://my-bucket/models/a/model.tar.gz"},
            {"VariantName": "B", "InitialVariantWeight": 20, "ModelDataUrl": "s3://my-bucket/models/b/model.tar.gz"},
        ],
    ),
    Field(
        "ShadowProductionVariants",
        VARIANTS,
        "A model that gets copies of the requests, and whose answers are not returned",
        [{"VariantName": "Shadow", "ModelDataUrl": "s3://my-bucket/models/b/model.tar.gz"}],
    ),
    Field(
        "InferenceComponents",
        COMPONENTS,
        "Models that share the instances of one endpoint, each with its own copies; other fields hold for all of them",
        [
            {
                "InferenceComponentName": "churn",
                "ModelDataUrl": "s3://my-bucket/models/churn/model.tar.gz",
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
                "CopyCount": 1,
            }
        ],
    ),
    Field("InstanceType", "ProductionVariant.InstanceType", "The instance type that hosts the model", "ml.m5.large"),
    Field(
        "InstancePools",
        "ProductionVariant.InstancePools",
        "Instance types in the order to try them when capacity is short",
        [{"InstanceType": "ml.m5.large", "Priority": 1}],
    ),
    Field("InitialInstanceCount", "ProductionVariant.InitialInstanceCount", "How many instances", 1),
    Field("ServerlessConfig", "ProductionVariant.ServerlessConfig", "Serverless hosting", SERVERLESS_EXAMPLE),
    Field(
        "AsyncInferenceConfig",
        "CreateEndpointConfigInput.AsyncInferenceConfig",
        "Asynchronous hosting",
        {"OutputConfig": {"S3OutputPath": "s3://my-bucket/answers/"}},
    ),
    Field(
        "ExecutionRoleArn",
        "CreateModelInput.ExecutionRoleArn",
        "The role that the model runs as, of those that the stack's owner allows (default: the stack's own)",
        "arn:aws:iam::111122223333:role/slipway-ExecutionRole",
    ),
    Field("Environment", "ContainerDefinition.Environment", "The container's environment", {"LOG_LEVEL": "info"}),
    Field("VolumeSizeInGB", "ProductionVariant.VolumeSizeInGB", "The storage volume of each instance", 30),
    Field(
        "ModelDataDownloadTimeoutInSeconds",
        "ProductionVariant.ModelDataDownloadTimeoutInSeconds",
        "How long an instance may take to download and unpack the archive",
        600,
    ),
    Field(
        "ContainerStartupHealthCheckTimeoutInSeconds",
        "ProductionVariant.ContainerStartupHealthCheckTimeoutInSeconds",
        "How long the container may take to answer its first ping",
        600,
    ),
    Field(
        "InferenceAmiVersion",
        "ProductionVariant.InferenceAmiVersion",
        "The instances' machine image",
        "al2-ami-sagemaker-inference-gpu-2",
    ),
    Field(
        "VariantInstanceProvisionTimeoutInSeconds",
        "ProductionVariant.VariantInstanceProvisionTimeoutInSeconds",
        "How long SageMaker may wait for instances when capacity is short",
        1800,
    ),
    Field(
        "CapacityReservationConfig",
        "ProductionVariant.CapacityReservationConfig",
        "A capacity reservation, which is the only place that instances are started in",
        {
            "CapacityReservationPreference": "capacity-reservations-only",
            "MlReservationArn": "arn:aws:sagemaker:us-east-1:123456789012:training-plan/my-plan",
        },
    ),
    Field(
        "RoutingConfig",
        "ProductionVariant.RoutingConfig",
        "How requests are distributed over the instances",
        {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
    ),
    Field(
        "ManagedInstanceScaling",
        "ProductionVariant.ManagedInstanceScaling",
        "How many instances SageMaker may start for the copies of inference components",
        {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2},
    ),
    Field(
        "CoreDumpConfig",
        "ProductionVariant.CoreDumpConfig",
        "Where the core dump of a container that crashes is stored",
        {"DestinationS3Uri": "s3://my-bucket/core-dumps/"},
    ),
    Field(
        "EnableSSMAccess",
        "ProductionVariant.EnableSSMAccess",
        "Access to the containers through AWS Systems Manager, in an account that AWS Support enabled for it",
        True,
    ),
    Field(
        "MetricsConfig",
        "CreateEndpointConfigInput.MetricsConfig",
        "Which metrics SageMaker publishes, and how often",
        {"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": 60},
    ),
    Field(
        "DataCaptureConfig",
        "CreateEndpointConfigInput.DataCaptureConfig",
        "Capture of requests and answers",
        {
            "EnableCapture": True,
            "InitialSamplingPercentage": 10,
            "DestinationS3Uri": "s3://my-bucket/captured/",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    ),
    Field(
        "VpcConfig",
        "CreateModelInput.VpcConfig",
        "The VPC the containers are attached to",
        {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]},
    ),
    Field(
        "EnableNetworkIsolation",
        "CreateModelInput.EnableNetworkIsolation",
        "No network for the container",
        True,
    ),
    Field(
        "KmsKeyId",
        "CreateEndpointConfigInput.KmsKeyId",
        "The key that encrypts the storage volume",
        "alias/my-key",
    ),
    Field(
        "DeploymentConfig",
        "CreateEndpointInput.DeploymentConfig",
        "How an update shifts traffic: all at once, canary, linear or rolling, with alarms that roll back",
        {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                "TerminationWaitInSeconds": 300,
            }
        },
    ),
    Field(
        "SmokeTest",
        SMOKE_TEST,
        "Invocations that the endpoint has to answer as expected, once it is InService, for the deployment to succeed",
        {"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"},
    ),
    Field(
        "TrafficAnalysis",
        TRAFFIC_ANALYSIS,
        "Comparison of the new version's metrics with the old one's after an update, which is undone if they are worse",
        {"Minutes": 10, "MinInvocations": 50, "OnInconclusive": "Warn"},
    ),
    Field(
        "AutoScaling",
        AUTO_SCALING,
        "How many instances there may be, and what more or fewer are started for: the invocations a minute of each, or "
        "the waiting requests of an asynchronous endpoint, or schedules; {} takes scaling off",
        {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600},
    ),
    Field(
        "KeepInstanceCount",
        {"type": "boolean"},
        "Whether an update leaves the endpoint's number of instances as it is, instead of setting InitialInstanceCount",
        True,
    ),
    Field("IdleAfterMinutes", IDLE_AFTER_MINUTES, "How many minutes without use make the endpoint idle", 1440),
    Field("Protected", {"type": "boolean"}, "Whether idle cleanup leaves the endpoint alone", True),
    Field(
        "Adopt",
        {"type": "boolean"},
        "Whether an endpoint that the stack did not deploy is taken over, where the parameter AdoptEndpoints allows it",
        True,
    ),
    Field(
        "DeadlineMinutes",
        {"type": "integer", "minimum": 1, "maximum": 480},
        "How long the deployment may take before it is given up",
        60,
    ),
    Field(
        "Message",
        {"type": "string", "minLength": 1, "maxLength": 256},
        "What is new in the version, which its history shows",
        "Retrained with the data of October",
    ),
    Field(
        "Tags",
        "CreateEndpointInput.Tags",
        "Added to everything the deployment creates",
        [{"Key": "team", "Value": "vision"}],
    ),
)


def _shared(*names: str) -> tuple[Field, ...]:
    return tuple(field for field in FIELDS if field.name in names)


TRANSFORM_INPUT = {
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://my-bucket/batch/my-job/input/"}},
    "ContentType": "text/csv",
    "SplitType": "Line",
}
TRANSFORM_OUTPUT = {"S3OutputPath": "s3://my-bucket/inference/my-job/", "Accept": "text/csv", "AssembleWith": "Line"}
TRANSFORM_FIELDS = (
    Field(
        "TransformJobName",
        "CreateTransformJobRequest.TransformJobName",
        "The transform job (default: derived from the content, so the same request is the same job)",
        "my-job",
    ),
    *_shared(
        "ModelDataUrl",
        "ModelDataSource",
        "TrainingJobName",
        "ModelPackageArn",
        "Framework",
        "FrameworkVersion",
        "PyVersion",
        "BaseFrameworkVersion",
        "ImageUri",
        "ExecutionRoleArn",
        "Environment",
        "VpcConfig",
        "EnableNetworkIsolation",
    ),
    Field("TransformInput", "CreateTransformJobRequest.TransformInput", "The objects to transform", TRANSFORM_INPUT),
    Field(
        "TransformOutput",
        "CreateTransformJobRequest.TransformOutput",
        "Where the outputs are stored",
        TRANSFORM_OUTPUT,
    ),
    Field(
        "TransformResources",
        "CreateTransformJobRequest.TransformResources",
        "The instances that transform",
        {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    ),
    Field(
        "BatchStrategy",
        "CreateTransformJobRequest.BatchStrategy",
        "Whether a request has one record or as many as fit",
        "MultiRecord",
    ),
    Field("MaxPayloadInMB", "CreateTransformJobRequest.MaxPayloadInMB", "The largest request, in MB", 6),
    Field(
        "MaxConcurrentTransforms",
        "CreateTransformJobRequest.MaxConcurrentTransforms",
        "How many requests an instance gets at a time",
        4,
    ),
    Field(
        "ModelClientConfig",
        "CreateTransformJobRequest.ModelClientConfig",
        "How long a request may take, and how often it is repeated",
        {"InvocationsTimeoutInSeconds": 600, "InvocationsMaxRetries": 3},
    ),
    Field(
        "DataProcessing",
        "CreateTransformJobRequest.DataProcessing",
        "What of a record the model gets, and what of the record and its answer is written",
        {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    ),
    *_shared("DeadlineMinutes", "Tags"),
)

ROLLOUT_FIELDS = (
    Field(
        "ManifestUrl",
        {"type": "string", "pattern": "^s3://[^/]+/.+$"},
        "The manifest: JSON Lines or CSV, one deployment input a line",
        "s3://my-bucket/rollouts/manifest.jsonl",
        "an s3:// URI of an object",
    ),
    Field(
        "Waves",
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "Count": {"type": "integer", "minimum": 1, "description": "Lines of the wave"},
                    "Percentage": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 100,
                        "description": "Lines of the wave, as a percentage of the manifest",
                    },
                    "MaxConcurrency": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1000,
                        "description": "Deployments at a time",
                    },
                    "ToleratedFailurePercentage": {
                        "type": "number",
                        "minimum": 0,
                        "maximum": 100,
                        "description": "Failed deployments, as a percentage of the wave, that do not stop the rollout",
                    },
                },
            },
        },
        "The waves, one after the other; the last one takes all lines that are left",
        [{"Count": 5}, {"MaxConcurrency": 20, "ToleratedFailurePercentage": 5}],
    ),
    Field("DryRun", {"type": "boolean"}, "Check and report, and deploy nothing", True),
)
