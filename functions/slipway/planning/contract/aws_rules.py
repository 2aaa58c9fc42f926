"""AWS's written rules that a deployment can meet, and what Slipway does about each.

A rule stands here when AWS's documentation states it and no shape of the service model enforces it. `docs/aws-rules.md`
is generated from this table. Sources: "API" is the API reference, which is the documentation string of that member in
botocore's service model; "DG" is the SageMaker AI developer guide, by page title; "AAS" is Application Auto Scaling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from slipway.deployment.instance_types import has_local_disks
from slipway.deployment.plan import MULTI_MODEL
from slipway.errors import DeploymentConfigInvalid, FieldInvalid, FieldMissing, FieldsConflict
from slipway.images.model_servers import HUB_MODEL
from slipway.planning.contract.parts import PRODUCTION, SHADOW, VARIANTS, parts_of
from slipway.planning.contract.schema import samples_of

Document = Mapping[str, Any]
Check = Callable[[Document, str], None]

MAX_ENVIRONMENT_TEXT = 1024  # bytes of a key or a value
MAX_ENVIRONMENT = 32 * 1024  # bytes of all keys and values
SERVERLESS_MEMORY = (1024, 2048, 3072, 4096, 5120, 6144)
PUBLISH_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)  # seconds
MIN_SUBNETS = 2
# Names of variables that hold a credential. MAX_TOTAL_TOKENS and EOS_TOKEN are none.
SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_KEY|PRIVATE_KEY|(?:API|AUTH|ACCESS|HUB|SESSION|HF|HUGGING_?FACE)_TOKEN)$",
    re.IGNORECASE,
)
# Access tokens of the Hugging Face Hub and GitHub, access keys of AWS.
SECRET_VALUE = re.compile(
    r"hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
)
TRITON = "sagemaker-tritonserver"
GPU_TYPE = re.compile(r"ml\.[gp]\d")
REFERENCE = "arn:"  # of a secret, which the container reads itself


class Treatment(StrEnum):
    """What Slipway does about a rule."""

    REFUSED = "refused"  # by a named error, before anything is created
    AVOIDED = "avoided"  # by how the workflow calls AWS
    UNCHECKED = "not checked"  # it cannot be known before the call


@dataclass(frozen=True)
class AwsRule:
    """One rule: `how` names the error that refuses it, what avoids it, or why it is not checked."""

    key: str
    operation: str
    rule: str
    source: str
    treatment: Treatment
    how: str
    check: Check | None = None
    is_of_variants: bool = False


def check_aws_rules(document: Document, region: str) -> None:
    """Check an input whose instance type is settled. Raises `FieldInvalid`, `FieldMissing` or `FieldsConflict`.

    Of an input with several variants, what they are together is checked; each variant is an input of its own.
    """
    for rule in AWS_RULES:
        if rule.check is not None and (PRODUCTION not in document or rule.is_of_variants):
            rule.check(document, region)


def instance_types_of(document: Document) -> Iterator[str]:
    """Yield the instance types that a deployment may run on."""
    yield from (pool["InstanceType"] for pool in document.get("InstancePools", [document]) if "InstanceType" in pool)


def _environment_fits(document: Document, _region: str) -> None:
    environment: Mapping[str, str] = document.get("Environment", {})
    others = [container.get("Environment", {}) for container in document.get("Containers", [])]
    for key, value in environment.items():
        for what, text in ((f"The key {key[:80]} in Environment", key), (f"Environment.{key}", value)):
            if len(text.encode()) > MAX_ENVIRONMENT_TEXT:
                raise FieldInvalid(
                    f"{what} has {len(text.encode())} bytes in UTF-8, but must have at most {MAX_ENVIRONMENT_TEXT}: "
                    "put long values into a file of the archive."
                )
    every = [item for one in (environment, *others) for item in one.items()]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in every)
    if size > MAX_ENVIRONMENT:
        raise FieldInvalid(
            f"Environment has {size} bytes in UTF-8, but keys and values must have at most {MAX_ENVIRONMENT} together: "
            "put long values into a file of the archive."
        )


def _environment_has_no_secrets(document: Document, _region: str) -> None:
    for name, value in document.get("Environment", {}).items():
        is_secret = SECRET_NAME.search(name) or SECRET_VALUE.search(value)
        if is_secret and value and not value.startswith(REFERENCE):
            raise FieldInvalid(
                f"Environment.{name} holds a credential, and everyone who may describe the model can read it: store "
                "the weights of a gated model in S3 and name them in ModelDataUrl, or let an image of yours read the "
                "credential from AWS Secrets Manager by the secret's ARN and the role in ExecutionRoleArn."
            )


def _containers_have_names(document: Document, _region: str) -> None:
    containers = document.get("Containers", [])
    names = [container["ContainerHostname"] for container in containers if "ContainerHostname" in container]
    is_direct = document.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    if (names or is_direct) and len(names) < len(containers):
        position = next(n for n, container in enumerate(containers) if "ContainerHostname" not in container)
        why = "Mode is Direct" if is_direct else "other containers have one"
        raise FieldMissing(
            f"Containers[{position}].ContainerHostname is missing, and {why}: name every container, for example "
            "preprocessing."
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise FieldInvalid(
            f"Containers has two of ContainerHostname {twice}, but a request names one: give each a name of its own."
        )


def _execution_of_several_containers(document: Document, _region: str) -> None:
    if "InferenceExecutionConfig" in document and "Containers" not in document:
        raise FieldsConflict(
            "InferenceExecutionConfig and a single container exclude each other: it says how several are invoked; add "
            "Containers, or remove InferenceExecutionConfig."
        )


def _target_is_of_direct_containers(document: Document, _region: str) -> None:
    names = [container.get("ContainerHostname") for container in document.get("Containers", [])]
    is_direct = document.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    for where, sample in samples_of(document):
        target = sample.get("TargetContainerHostname")
        if is_direct and target not in names:
            raise FieldInvalid(
                f"{where}.TargetContainerHostname is {target or 'missing'}, but a request names one of the containers "
                f"that are invoked directly: write one of {', '.join(map(str, names))}."
            )
        if target is not None and not is_direct:
            raise FieldsConflict(
                f"{where}.TargetContainerHostname is for containers that are invoked directly: remove it, or add "
                'Containers and InferenceExecutionConfig {"Mode": "Direct"}.'
            )


def _multi_model_names_a_prefix(document: Document, _region: str) -> None:
    if document.get("Mode") != MULTI_MODEL:
        if "MultiModelConfig" in document:
            raise FieldsConflict(
                "MultiModelConfig and a container of one model exclude each other: remove it, or add Mode MultiModel."
            )
        return
    source = next((name for name in ("ModelDataSource", "TrainingJobName", "ModelPackageArn") if name in document), "")
    if source:
        raise FieldsConflict(
            f"Mode MultiModel and {source} exclude each other: a multi-model container serves the archives below a "
            "prefix; write it in ModelDataUrl."
        )
    uri = document.get("ModelDataUrl", "")
    if not uri.endswith("/"):
        raise FieldInvalid(
            f"ModelDataUrl is {uri or 'missing'}, but with Mode MultiModel it must be the prefix of the archives, "
            "which ends with /: write for example s3://my-bucket/models/my-endpoint/."
        )


def _multi_model_excludes(document: Document, _region: str) -> None:
    containers = [document, *document.get("Containers", [])]
    modes = [one.get("Mode") for one in containers].count(MULTI_MODEL)
    if modes > 1:
        raise FieldsConflict(
            "Containers has more than one of Mode MultiModel, but a pipeline takes one: combine their prefixes."
        )
    other = next((name for name in ("ServerlessConfig", "AsyncInferenceConfig") if name in document), "")
    if modes and other:
        raise FieldsConflict(
            f"Mode MultiModel and {other} exclude each other: a multi-model endpoint answers at once, on instances; "
            f"remove {other}."
        )
    on_gpu = next((name for name in instance_types_of(document) if GPU_TYPE.match(name)), "")
    framework = document.get("Framework", TRITON)
    if modes and on_gpu and framework != TRITON:
        raise FieldsConflict(
            f"Mode MultiModel and {on_gpu} exclude each other: of AWS's images only {TRITON} hosts many models on a "
            "GPU; use an instance type without one."
        )


def _target_is_of_many_models(document: Document, _region: str) -> None:
    is_multi = any(one.get("Mode") == MULTI_MODEL for one in (document, *document.get("Containers", [])))
    for where, sample in samples_of(document):
        if is_multi and "TargetModel" not in sample:
            raise FieldInvalid(
                f"{where}.TargetModel is missing, but a request names one of the models below the prefix: write for "
                "example model.tar.gz."
            )
        if "TargetModel" in sample and not is_multi:
            raise FieldsConflict(f"{where}.TargetModel is for Mode MultiModel: remove it, or add Mode MultiModel.")


def _variant_names_differ(document: Document, _region: str) -> None:
    names = [variant["VariantName"] for kind in VARIANTS for variant in document.get(kind, [])]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise FieldInvalid(
            f"{PRODUCTION} has two of VariantName {twice}, but requests and weights name a variant: give each its own."
        )


def _a_shadow_has_one_variant_beside_it(document: Document, _region: str) -> None:
    if SHADOW in document and PRODUCTION not in document:
        raise FieldsConflict(
            f"{SHADOW} and an input without {PRODUCTION} exclude each other: a shadow gets copies of the requests of a "
            f"variant; add {PRODUCTION}."
        )
    count = len(document.get(PRODUCTION, []))
    if document.get(SHADOW) and count > 1:
        raise FieldsConflict(
            f"{SHADOW} and {count} {PRODUCTION} exclude each other: a shadow needs one variant beside it; keep one."
        )


def _one_variant_where_hosting_needs_it(document: Document, _region: str) -> None:
    count = sum(len(document.get(kind, [])) for kind in VARIANTS)
    serverless = ["ServerlessConfig" for _, variant in parts_of(document) if "ServerlessConfig" in variant]
    for name in (*serverless, *(["AsyncInferenceConfig"] if "AsyncInferenceConfig" in document else [])):
        if PRODUCTION in document and count > 1:
            raise FieldsConflict(
                f"{name} and several variants exclude each other: an endpoint with {name} has one; remove the others."
            )


def _no_rolling_of_variants(document: Document, _region: str) -> None:
    if "RollingUpdatePolicy" in document.get("DeploymentConfig", {}) and len(document.get(PRODUCTION, [])) > 1:
        raise DeploymentConfigInvalid(
            "DeploymentConfig: RollingUpdatePolicy is not for endpoints with several variants: use "
            "BlueGreenUpdatePolicy, or keep one variant."
        )


def _one_variant_is_scaled(document: Document, _region: str) -> None:
    if document.get("AutoScaling") and sum(len(document.get(kind, [])) for kind in VARIANTS) > 1:
        raise FieldsConflict(
            "AutoScaling and several variants exclude each other: Slipway scales the variant of an endpoint that has "
            "one; remove AutoScaling."
        )


def _no_asynchronous_pipeline(document: Document, _region: str) -> None:
    if "AsyncInferenceConfig" in document and "Containers" in document:
        raise FieldsConflict(
            "AsyncInferenceConfig and Containers exclude each other: an asynchronous endpoint has one container; "
            "remove AsyncInferenceConfig, or combine the containers into one."
        )


def _no_volume_size_on_local_disks(document: Document, _region: str) -> None:
    if "VolumeSizeInGB" not in document:
        return
    found = next(filter(has_local_disks, instance_types_of(document)), None)
    if found:
        raise FieldsConflict(
            f"VolumeSizeInGB and {found} exclude each other: this instance type stores the model on local disks; "
            "remove VolumeSizeInGB."
        )


def _serverless_memory_is_a_step(document: Document, _region: str) -> None:
    memory = document.get("ServerlessConfig", {}).get("MemorySizeInMB")
    if memory is not None and memory not in SERVERLESS_MEMORY:
        raise FieldInvalid(
            f"ServerlessConfig.MemorySizeInMB is {memory}, but must be one of "
            f"{', '.join(map(str, SERVERLESS_MEMORY))}; write for example 2048."
        )


def _provisioned_concurrency_fits(document: Document, _region: str) -> None:
    config = document.get("ServerlessConfig", {})
    provisioned, most = config.get("ProvisionedConcurrency", 0), config.get("MaxConcurrency", 0)
    if provisioned > most:
        raise FieldInvalid(
            f"ServerlessConfig.ProvisionedConcurrency is {provisioned}, but must be at most MaxConcurrency, which is "
            f"{most}: lower ProvisionedConcurrency, or raise MaxConcurrency."
        )


def _serverless_exists_in_the_region(document: Document, region: str) -> None:
    if "ServerlessConfig" in document and region.startswith("cn-"):
        raise FieldsConflict(
            f"ServerlessConfig and the Region {region} exclude each other: the China Regions have no serverless "
            "inference; use InstanceType."
        )


def _no_capture_of_asynchronous_endpoints(document: Document, _region: str) -> None:
    if "AsyncInferenceConfig" in document and "DataCaptureConfig" in document:
        raise FieldsConflict(
            "AsyncInferenceConfig and DataCaptureConfig exclude each other: an asynchronous endpoint stores its "
            "responses in S3OutputPath itself; remove DataCaptureConfig, or AsyncInferenceConfig."
        )


def _two_subnets(document: Document, _region: str) -> None:
    subnets = document.get("VpcConfig", {}).get("Subnets", [])
    if "VpcConfig" in document and len(set(subnets)) < MIN_SUBNETS:
        raise FieldInvalid(
            f"VpcConfig.Subnets has {len(set(subnets))} subnet, but SageMaker requires at least two in different "
            "Availability Zones, also for one instance: add a second subnet."
        )


def _metrics_are_published_at_a_known_interval(document: Document, _region: str) -> None:
    seconds = document.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds", 60)
    if seconds not in PUBLISH_FREQUENCIES:
        raise FieldInvalid(
            f"MetricsConfig.MetricPublishFrequencyInSeconds is {seconds}, but must be one of "
            f"{', '.join(map(str, PUBLISH_FREQUENCIES))}; write for example 60."
        )


def _no_prefix_aware_routing(document: Document, _region: str) -> None:
    if document.get("RoutingConfig", {}).get("RoutingStrategy") == "PREFIX_AWARE":
        raise FieldInvalid(
            "RoutingConfig.RoutingStrategy is PREFIX_AWARE, which SageMaker takes only with a PrefixAwareRoutingConfig "
            "that not every Lambda runtime's SDK can send; write LEAST_OUTSTANDING_REQUESTS, RANDOM or KV_AWARE."
        )


def _systems_manager_has_a_role(document: Document, _region: str) -> None:
    if document.get("EnableSSMAccess") and "ExecutionRoleArn" not in document:
        raise FieldMissing(
            "ExecutionRoleArn is missing: EnableSSMAccess opens a shell in the containers by permissions that the "
            "stack's role does not have; name a role that allows the ssmmessages actions."
        )


def _no_hub_without_a_network(document: Document, _region: str) -> None:
    model = document.get("Environment", {}).get(HUB_MODEL, "/")
    if document.get("EnableNetworkIsolation") and not model.startswith("/"):
        raise FieldsConflict(
            f"EnableNetworkIsolation and Environment.{HUB_MODEL} exclude each other: an isolated container cannot "
            f"download {model[:80]}; store the model in S3 and name it in ModelDataUrl, or remove "
            "EnableNetworkIsolation."
        )


REFUSED, AVOIDED, UNCHECKED = Treatment
SERVERLESS_PAGE = 'DG "Deploy models with Amazon SageMaker Serverless Inference": feature exclusions'
GUARDRAILS_PAGE = 'DG "Deployment guardrails": exclusions'

AWS_RULES = (
    # CreateModel
    AwsRule(
        "environment-size",
        "CreateModel",
        "A key or value of Environment has at most 1,024 bytes, all together at most 32 KB.",
        "API ContainerDefinition.Environment",
        REFUSED,
        "`FieldInvalid`",
        _environment_fits,
    ),
    AwsRule(
        "environment-secrets",
        "CreateModel",
        "Environment holds no sensitive data.",
        "API ContainerDefinition.Environment",
        REFUSED,
        "`FieldInvalid` for names and values of credentials; an ARN of a secret is accepted",
        _environment_has_no_secrets,
    ),
    AwsRule(
        "model-data-url",
        "CreateModel",
        "ModelDataUrl names one gzip-compressed tar archive with the suffix `.tar.gz`. For a prefix, Slipway writes "
        "ModelDataSource.",
        "API ContainerDefinition.ModelDataUrl",
        REFUSED,
        "`FieldInvalid`; `ArtifactNotGzip` and `ArtifactNotTar` for its content",
    ),
    AwsRule(
        "model-data-region",
        "CreateModel",
        "The archive's bucket is in the Region of the model.",
        "API ContainerDefinition.ModelDataUrl",
        REFUSED,
        "`BucketInAnotherRegion`",
    ),
    AwsRule(
        "image-form",
        "CreateModel",
        "Image is an ECR path with a tag or a digest.",
        "API ContainerDefinition.Image",
        REFUSED,
        "`ImageUriInvalid`",
    ),
    AwsRule(
        "one-container",
        "CreateModel",
        "A model has one of PrimaryContainer and Containers.",
        "API CreateModel.PrimaryContainer, CreateModel.Containers",
        REFUSED,
        "`FieldsConflict` for Containers with fields of one container",
    ),
    AwsRule(
        "container-names",
        "CreateModel",
        "ContainerHostname is set on all containers or on none; with Mode Direct on all, each with its own.",
        'API ContainerDefinition.ContainerHostname; DG "Create a multi-container endpoint"',
        REFUSED,
        "`FieldMissing`, `FieldInvalid`",
        _containers_have_names,
    ),
    AwsRule(
        "container-execution",
        "CreateModel",
        "InferenceExecutionConfig says how several containers are invoked.",
        "API CreateModel.InferenceExecutionConfig",
        REFUSED,
        "`FieldsConflict` without Containers",
        _execution_of_several_containers,
    ),
    AwsRule(
        "container-port",
        "CreateModel",
        "One of several containers takes its port from SAGEMAKER_BIND_TO_PORT, and its image has a label that says so.",
        'DG "Troubleshoot inference pipelines"',
        UNCHECKED,
        "The labels of an image are in its registry; SageMaker's refusal is explained in its words.",
    ),
    AwsRule(
        "async-containers",
        "CreateEndpointConfig",
        "An asynchronous endpoint has one container.",
        'DG "Supported features"',
        REFUSED,
        "`FieldsConflict`",
        _no_asynchronous_pipeline,
    ),
    AwsRule(
        "multi-model-exclusions",
        "CreateEndpointConfig",
        "Multi-model containers are not for serverless or asynchronous endpoints, at most one of a pipeline, and on a "
        "GPU with Triton only.",
        'DG "Supported features"; DG "Supported algorithms, frameworks, and instances for multi-model endpoints"; '
        "OElesin/sagemaker-autopilot-step-functions issue 10",
        REFUSED,
        "`FieldsConflict`; an image of one's own is not checked for what it supports",
        _multi_model_excludes,
    ),
    AwsRule(
        "multi-model-prefix",
        "CreateModel",
        "A multi-model container has a prefix of archives in ModelDataUrl, and no ModelDataSource.",
        'DG "Create a Multi-Model Endpoint"; API ContainerDefinition.ModelDataSource',
        REFUSED,
        "`FieldInvalid`, `FieldsConflict`",
        _multi_model_names_a_prefix,
    ),
    AwsRule(
        "multi-model-overwritten",
        "InvokeEndpoint",
        "An archive that is overwritten is not loaded again as long as it is cached: a new model has a new name.",
        'DG "Add or Remove Models"',
        UNCHECKED,
        "The user who uploads chooses the names; the guide describes it.",
    ),
    AwsRule(
        "multi-model-target",
        "InvokeEndpoint",
        "TargetModel is required for a multi-model endpoint, and refused for others.",
        'DG "Invoke a Multi-Model Endpoint"; aws/amazon-sagemaker-examples issue 1026',
        REFUSED,
        "`FieldInvalid` for a SmokeTest that lacks it, `FieldsConflict` for one that cannot have it",
        _target_is_of_many_models,
    ),
    AwsRule(
        "container-target",
        "InvokeEndpoint",
        "TargetContainerHostname is required for containers that are invoked directly, and refused for others.",
        'DG "Invoke a multi-container endpoint with direct invocation"',
        REFUSED,
        "`FieldInvalid` for a SmokeTest that lacks it, `FieldsConflict` for one that cannot have it",
        _target_is_of_direct_containers,
    ),
    AwsRule(
        "execution-role",
        "CreateModel",
        "Hosting needs an execution role that SageMaker may assume, although the shape makes it optional.",
        "API CreateModel.ExecutionRoleArn",
        REFUSED,
        "`ExecutionRoleMissing`, `RoleNotAssumable`",
    ),
    AwsRule(
        "image-region",
        "CreateModel",
        "The image's repository is in the Region of the model.",
        "API ContainerDefinition.Image",
        REFUSED,
        "`ImageRegionMismatch`",
    ),
    AwsRule(
        "model-data-source-serverless",
        "CreateModel",
        "ModelDataSource cannot be used with serverless endpoints.",
        "API ContainerDefinition.ModelDataSource",
        AVOIDED,
        "A serverless deployment names its copy of the archive in ModelDataUrl; "
        "a prefix is refused (`FieldsConflict`).",
    ),
    AwsRule(
        "prefix-names",
        "CreateModel",
        "Below a prefix no part of a name is empty, blank, `.`, `..` or longer than 255 bytes, no key ends with "
        "a slash, and no name is both a file and a folder.",
        "API S3ModelDataSource.CompressionType",
        REFUSED,
        "`ArtifactNameInvalid`",
    ),
    AwsRule(
        "vpc-subnets",
        "CreateModel",
        "VpcConfig has at least two subnets in different Availability Zones, also for one instance.",
        'DG "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC"',
        REFUSED,
        "`FieldInvalid`; whether the zones differ is not checked",
        _two_subnets,
    ),
    AwsRule(
        "vpc-addresses",
        "CreateModel",
        "The subnets have two free addresses for each instance.",
        'DG "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC"',
        UNCHECKED,
        "Free addresses change until the instances start. `slipway doctor --subnet` reads them.",
    ),
    AwsRule(
        "vpc-permissions",
        "CreateModel",
        "The execution role of a model with VpcConfig needs nine ec2 actions.",
        'DG "How to use SageMaker AI execution roles": CreateModel API',
        REFUSED,
        "`VpcNotAllowed` unless the stack's parameter VpcModels is Enabled, or ExecutionRoleArn names a role",
    ),
    AwsRule(
        "key-permissions",
        "CreateEndpointConfig",
        "The policy of a KmsKeyId admits the role that creates the endpoint, and that role has kms:CreateGrant.",
        "API CreateEndpointConfig.KmsKeyId",
        REFUSED,
        "`KmsKeyNotAllowed` unless the stack's parameter AllowedKmsKeys lists the key; the key's policy is not read",
    ),
    AwsRule(
        "isolation",
        "CreateModel",
        "A container with EnableNetworkIsolation has no network: it downloads nothing.",
        'DG "Run Training and Inference Containers in Internet-Free Mode"',
        REFUSED,
        "`FieldsConflict` for HF_MODEL_ID that names a model of the Hub",
        _no_hub_without_a_network,
    ),
    AwsRule(
        "tags",
        "CreateModel, CreateEndpointConfig, CreateEndpoint",
        "A resource has at most 50 tags, with unique keys.",
        "API Tag.Key",
        REFUSED,
        "`FieldInvalid` above 30 tags: Slipway adds up to 20",
    ),
    AwsRule(
        "sts-region",
        "CreateModel",
        "AWS STS is active in the Region.",
        "API ContainerDefinition.ModelDataUrl",
        UNCHECKED,
        "No API of the account reports it. It is active unless it was deactivated.",
    ),
    # CreateEndpointConfig
    AwsRule(
        "one-kind-of-hosting",
        "CreateEndpointConfig",
        "A variant has one of InstanceType, InstancePools and ServerlessConfig.",
        'API ProductionVariant.InstancePools; DG "Deploy models with Amazon SageMaker Serverless Inference"',
        REFUSED,
        "`FieldsConflict`",
    ),
    AwsRule(
        "instance-count",
        "CreateEndpointConfig",
        "A variant on instances has InitialInstanceCount, a serverless one has not.",
        'API ProductionVariant.InitialInstanceCount; DG "Deploy models with Amazon SageMaker Serverless Inference"',
        REFUSED,
        "`FieldsConflict` with ServerlessConfig; otherwise it is 1, or MinCapacity, where it is left out",
    ),
    AwsRule(
        "ami-driver",
        "CreateEndpointConfig",
        "Images built for a newer CUDA need an InferenceAmiVersion with its driver.",
        "API ProductionVariant.InferenceAmiVersion",
        UNCHECKED,
        "No API says which driver an image needs; the failure is explained by its log.",
    ),
    AwsRule(
        "volume-size",
        "CreateEndpointConfig",
        "Instance types with local disks take no VolumeSizeInGB.",
        "sagemaker-python-sdk pull request 4828 and `volume_size_supported`; autogluon-cloud pull request 50",
        REFUSED,
        "`FieldsConflict`",
        _no_volume_size_on_local_disks,
    ),
    AwsRule(
        "volume-key",
        "CreateEndpointConfig",
        "KmsKeyId does not encrypt the local disks of an instance; the instance's hardware does.",
        "API CreateEndpointConfig.KmsKeyId",
        UNCHECKED,
        "AWS ignores the key, and the disks are encrypted.",
    ),
    AwsRule(
        "serverless-memory",
        "CreateEndpointConfig",
        "MemorySizeInMB is 1024, 2048, 3072, 4096, 5120 or 6144.",
        "API ProductionVariantServerlessConfig.MemorySizeInMB",
        REFUSED,
        "`FieldInvalid`",
        _serverless_memory_is_a_step,
    ),
    AwsRule(
        "serverless-provisioned-concurrency",
        "CreateEndpointConfig",
        "ProvisionedConcurrency is at most MaxConcurrency.",
        "API ProductionVariantServerlessConfig.ProvisionedConcurrency",
        REFUSED,
        "`FieldInvalid`",
        _provisioned_concurrency_fits,
    ),
    AwsRule(
        "serverless-exclusions",
        "CreateEndpointConfig",
        "Serverless endpoints have no VPC, network isolation, data capture, asynchronous inference or pipelines.",
        SERVERLESS_PAGE,
        REFUSED,
        "`FieldsConflict`",
    ),
    AwsRule(
        "serverless-image-account",
        "CreateEndpointConfig",
        "A serverless endpoint's image is one of AWS's, or in a repository of the same account.",
        "aws/amazon-sagemaker-feedback issue 181, which has AWS's text",
        REFUSED,
        "`ServerlessImageOfAnotherAccount`",
    ),
    AwsRule(
        "serverless-gpu",
        "CreateEndpointConfig",
        "Serverless endpoints have no GPU.",
        SERVERLESS_PAGE,
        REFUSED,
        "`ServerlessWithoutGpu` for AWS's images, whose names say it",
    ),
    AwsRule(
        "serverless-start",
        "CreateEndpoint",
        "A serverless container has 3 minutes to start, an image of at most 10 GB, and 5 GB of disk.",
        'DG "Deploy models with Amazon SageMaker Serverless Inference"; DG "Serverless Inference prerequisites"',
        UNCHECKED,
        "How long a container takes is known when it starts; the failure is explained by its log.",
    ),
    AwsRule(
        "serverless-region",
        "CreateEndpointConfig",
        "The China Regions have no serverless inference.",
        'DG "Deploy models with Amazon SageMaker Serverless Inference"',
        REFUSED,
        "`FieldsConflict`",
        _serverless_exists_in_the_region,
    ),
    AwsRule(
        "serverless-limits",
        "CreateEndpointConfig",
        "A Region has at most 50 serverless endpoints, and 500 or 1,000 concurrent invocations of all of them.",
        'DG "Deploy models with Amazon SageMaker Serverless Inference"',
        UNCHECKED,
        "The limits of an account differ and change; SageMaker's refusal is explained by name.",
    ),
    AwsRule(
        "async-variants",
        "CreateEndpointConfig",
        "An asynchronous endpoint has one variant, on instances.",
        'DG "Supported features"; boto3 issue 4275',
        REFUSED,
        "`FieldsConflict`",
        _one_variant_where_hosting_needs_it,
        is_of_variants=True,
    ),
    AwsRule(
        "variant-names",
        "CreateEndpointConfig",
        "Every variant has a name of its own within its configuration.",
        "API ProductionVariant.VariantName",
        REFUSED,
        "`FieldInvalid`",
        _variant_names_differ,
        is_of_variants=True,
    ),
    AwsRule(
        "variant-weights",
        "UpdateEndpointWeightsAndCapacities",
        "A variant gets its weight's share of the sum of all; InitialVariantWeight is 1.0 where it is left out.",
        "API ProductionVariant.InitialVariantWeight",
        AVOIDED,
        "Slipway writes every weight; `slipway shift` changes them by that operation, without a new configuration.",
    ),
    AwsRule(
        "shadow-variants",
        "CreateEndpointConfig",
        "With a shadow variant, an endpoint has one variant and one shadow.",
        "API CreateEndpointConfig.ShadowProductionVariants",
        REFUSED,
        "`FieldsConflict`",
        _a_shadow_has_one_variant_beside_it,
        is_of_variants=True,
    ),
    AwsRule(
        "rolling-variants",
        "UpdateEndpoint",
        "Endpoints with several variants have no rolling deployments.",
        'DG "Rolling deployments"',
        REFUSED,
        "`DeploymentConfigInvalid`",
        _no_rolling_of_variants,
        is_of_variants=True,
    ),
    AwsRule(
        "scaling-variants",
        "RegisterScalableTarget",
        "Each variant of an endpoint is a scalable target of its own.",
        'DG "Register a model"',
        REFUSED,
        "`FieldsConflict` for AutoScaling with several variants",
        _one_variant_is_scaled,
        is_of_variants=True,
    ),
    AwsRule(
        "async-capture",
        "CreateEndpointConfig",
        "Asynchronous endpoints capture no data.",
        'DG "Supported features"; boto3 issue 4275',
        REFUSED,
        "`FieldsConflict`",
        _no_capture_of_asynchronous_endpoints,
    ),
    AwsRule(
        "capture-permission",
        "CreateEndpointConfig",
        "Without s3:PutObject on the destination, data capture stores nothing and reports no error.",
        'DG "Capture data from real-time endpoint"',
        REFUSED,
        "`OutputNotAllowed` unless it is below inference/ of the model bucket, or ExecutionRoleArn names a role",
    ),
    AwsRule(
        "async-permissions",
        "CreateEndpointConfig",
        "The execution role may write S3OutputPath and S3FailurePath, and has sns:Publish on the topics.",
        'DG "Complete the prerequisites" and "Check prediction results" of asynchronous inference',
        REFUSED,
        "`OutputNotAllowed` unless they are below inference/ of the model bucket and there is no topic, or "
        "ExecutionRoleArn names a role",
    ),
    AwsRule(
        "metric-frequency",
        "CreateEndpointConfig",
        "Metrics are published every 10, 30, 60, 120, 180, 240 or 300 seconds.",
        "API MetricsConfig.MetricPublishFrequencyInSeconds",
        REFUSED,
        "`FieldInvalid`",
        _metrics_are_published_at_a_known_interval,
    ),
    AwsRule(
        "prefix-aware-routing",
        "CreateEndpointConfig",
        "The routing strategy PREFIX_AWARE needs PrefixAwareRoutingConfig with both of its members.",
        "API ProductionVariantRoutingConfig.PrefixAwareRoutingConfig, PrefixAwareRoutingConfig.PrefixLength",
        REFUSED,
        "`FieldInvalid`: the SDK of some Lambda runtimes cannot send that member",
        _no_prefix_aware_routing,
    ),
    AwsRule(
        "systems-manager",
        "CreateEndpointConfig",
        "EnableSSMAccess needs an account that AWS Support enabled, and an execution role with ssmmessages actions.",
        'DG "Access containers through SSM"',
        REFUSED,
        "`FieldMissing` without ExecutionRoleArn; whether the account is enabled is not checked",
        _systems_manager_has_a_role,
    ),
    AwsRule(
        "core-dump-permission",
        "CreateEndpointConfig",
        "The execution role writes core dumps to DestinationS3Uri, and needs kms:Encrypt on a key.",
        "API ProductionVariantCoreDumpConfig",
        REFUSED,
        "`OutputNotAllowed` unless it is below inference/ of the model bucket, or ExecutionRoleArn names a role",
    ),
    AwsRule(
        "capacity-reservation",
        "CreateEndpointConfig",
        "With capacity-reservations-only, instances fail to launch where the reservation has no capacity.",
        "API ProductionVariantCapacityReservationConfig.CapacityReservationPreference",
        UNCHECKED,
        "The capacity that a reservation has left changes; SageMaker's failure is explained by name.",
    ),
    # CreateEndpoint, UpdateEndpoint
    AwsRule(
        "endpoint-name-case",
        "CreateEndpoint",
        "Endpoint names are unique without regard to case.",
        "API CreateEndpoint.EndpointName",
        UNCHECKED,
        "It would take a listing of every endpoint of the account; SageMaker's refusal is named `EndpointNameTaken`.",
    ),
    AwsRule(
        "config-visible",
        "CreateEndpoint",
        "CreateEndpoint may not see an endpoint configuration that was just created.",
        "API CreateEndpoint",
        AVOIDED,
        "The workflow retries `NotVisibleYet`.",
    ),
    AwsRule(
        "config-in-use",
        "DeleteEndpointConfig",
        "An endpoint configuration in use must not be deleted.",
        "API DeleteEndpointConfig",
        AVOIDED,
        "Only what no endpoint of the account uses is removed.",
    ),
    AwsRule(
        "update-needs-new-config",
        "UpdateEndpoint",
        "An update needs an endpoint configuration of another name.",
        "API UpdateEndpoint",
        AVOIDED,
        "Names are derived from the content; the same content is AlreadyDeployed.",
    ),
    AwsRule(
        "update-busy",
        "UpdateEndpoint, DeleteEndpoint",
        "A busy endpoint is neither updated nor deleted; a failed one only deleted.",
        "API DescribeEndpoint.EndpointStatus",
        AVOIDED,
        "The workflow waits for its turn, and replaces a failed endpoint.",
    ),
    AwsRule(
        "update-to-serverless",
        "UpdateEndpoint",
        "An endpoint on instances cannot become serverless, also one that was serverless before.",
        'DG "Update a serverless endpoint"',
        REFUSED,
        "`HostingCannotChange`",
    ),
    AwsRule(
        "update-async",
        "UpdateEndpoint",
        "AsyncInferenceConfig cannot be removed from an endpoint.",
        "sagemaker-python-sdk pull request 3124",
        REFUSED,
        "`HostingCannotChange`; the way from real-time to asynchronous is not documented and is refused too",
    ),
    AwsRule(
        "update-components",
        "UpdateEndpoint",
        "Variants without a ModelName host inference components; no source describes the way to a model.",
        "API ProductionVariant.ModelName; terraform-provider-aws issue 40644 for the other direction",
        REFUSED,
        "`HostingCannotChange`",
    ),
    AwsRule(
        "update-rollback-failed",
        "UpdateEndpoint",
        "The way out of UpdateRollbackFailed is another update.",
        "API DescribeEndpoint.EndpointStatus",
        AVOIDED,
        "The workflow updates such an endpoint.",
    ),
    AwsRule(
        "update-scaled-type",
        "UpdateEndpoint",
        "The instance type of a scaled variant cannot change.",
        'DG "Update endpoints that use automatic scaling"',
        AVOIDED,
        "Scaling is taken off, the endpoint is updated, and scaling is registered again.",
    ),
    AwsRule(
        "update-keeps-size",
        "UpdateEndpoint",
        "A scaled endpoint falls back to InitialInstanceCount unless RetainAllVariantProperties is true.",
        "API UpdateEndpoint.RetainAllVariantProperties",
        AVOIDED,
        "Set for scaled endpoints.",
    ),
    AwsRule(
        "rollback-alarms",
        "UpdateEndpoint",
        "An alarm of AutoRollbackConfiguration exists, and is not in ALARM when the update begins.",
        'DG "Auto-Rollback Configuration and Monitoring"',
        REFUSED,
        "`AlarmNotFound`, `AlarmAlreadyFiring`",
    ),
    AwsRule(
        "one-policy",
        "UpdateEndpoint",
        "DeploymentConfig has one of BlueGreenUpdatePolicy and RollingUpdatePolicy.",
        "API DeploymentConfig.BlueGreenUpdatePolicy",
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "canary-size",
        "UpdateEndpoint",
        "CanarySize is at most 50 % of the variant's instances.",
        "API TrafficRoutingConfig.CanarySize",
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "linear-step",
        "UpdateEndpoint",
        "LinearStepSize is 10 to 50 % of the variant's instances.",
        "API TrafficRoutingConfig.LinearStepSize",
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "rolling-batch",
        "UpdateEndpoint",
        "MaximumBatchSize is 5 to 50 % of the variant's instances.",
        "API RollingUpdatePolicy.MaximumBatchSize",
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "guardrail-timeout",
        "UpdateEndpoint",
        "MaximumExecutionTimeoutInSeconds exceeds the sum of the waits.",
        "API BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds",
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "rolling-serverless",
        "UpdateEndpoint",
        "Serverless endpoints have no rolling deployments.",
        'DG "Rolling deployments"',
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "guardrails-inf1",
        "UpdateEndpoint",
        "On Inf1 instances a DeploymentConfig is ignored: traffic shifts all at once.",
        GUARDRAILS_PAGE,
        REFUSED,
        "`DeploymentConfigInvalid`",
    ),
    AwsRule(
        "guardrail-variants",
        "UpdateEndpoint",
        "With a DeploymentConfig the variants keep their names.",
        GUARDRAILS_PAGE,
        REFUSED,
        "`DeploymentConfigInvalid` for an endpoint that has others",
    ),
    AwsRule(
        "delete-role",
        "DeleteEndpoint",
        "The execution role is kept until the endpoint's grants are retired.",
        "API DeleteEndpoint",
        AVOIDED,
        "The stack's role is deleted with the stack only.",
    ),
    AwsRule(
        "delete-scaled",
        "DeleteEndpoint",
        "The caller needs application-autoscaling:DeregisterScalableTarget for a scaled endpoint.",
        'DG "Delete endpoints configured for automatic scaling"',
        AVOIDED,
        "The roles that delete endpoints have it, and deregister first.",
    ),
    # Application Auto Scaling
    AwsRule(
        "scaling-burstable",
        "RegisterScalableTarget",
        "Burstable instances, such as T2, are not scaled.",
        'DG "Configure model auto scaling with the console"',
        REFUSED,
        "`FieldsConflict`",
    ),
    AwsRule(
        "scaling-serverless",
        "RegisterScalableTarget",
        "An on-demand serverless endpoint scales by itself and is no scalable target.",
        'DG "Deploy models with Amazon SageMaker Serverless Inference"',
        REFUSED,
        "`FieldsConflict`",
    ),
    AwsRule(
        "scaling-async",
        "RegisterScalableTarget",
        "Asynchronous variants publish no InvocationsPerInstance.",
        'DG "Monitor asynchronous endpoint"',
        REFUSED,
        "`FieldsConflict`",
    ),
    AwsRule(
        "scaling-minimum",
        "RegisterScalableTarget",
        "A real-time variant is scaled to at least one instance.",
        'DG "Define a scaling policy"',
        REFUSED,
        "`FieldInvalid`",
    ),
    AwsRule(
        "scaling-capacity",
        "RegisterScalableTarget",
        "MinCapacity is at most MaxCapacity, and registering moves the instance count into that range.",
        "API RegisterScalableTarget",
        REFUSED,
        "`FieldInvalid`",
    ),
    AwsRule(
        "scaling-service-role",
        "RegisterScalableTarget",
        "The first registration of an account creates a service-linked role that cannot be assumed at once.",
        "aws-cdk issue 4108",
        AVOIDED,
        "The workflow retries for about a minute.",
    ),
    AwsRule(
        "scaling-consistency",
        "PutScalingPolicy",
        "A target that was just registered may not be found.",
        "API RegisterScalableTarget",
        AVOIDED,
        "The workflow retries ObjectNotFoundException.",
    ),
    # Model Registry
    AwsRule(
        "package-completed",
        "DescribeModelPackage",
        "A version can be deployed when its package is Completed.",
        "API DescribeModelPackage.ModelPackageStatus",
        REFUSED,
        "`ModelPackageNotCompleted`",
    ),
    AwsRule(
        "package-marketplace",
        "CreateModel",
        "A Marketplace package needs a subscription and network isolation, and is served by real-time endpoints only.",
        'DG "Find and Subscribe to Algorithms and Model Packages on AWS Marketplace"',
        AVOIDED,
        "The stack's roles read model packages of their own account only.",
    ),
    AwsRule(
        "package-approved",
        "DescribeModelPackage",
        "Only an approved version is deployed.",
        'DG "Update the Approval Status of a Model"',
        REFUSED,
        "`ModelPackageNotApproved`",
    ),
    # Runtime
    AwsRule(
        "payload-size",
        "InvokeEndpoint",
        "A body has at most 6 MB, 4 MB for serverless endpoints.",
        'API InvokeEndpointInput.Body; DG "Invoke a serverless endpoint"',
        REFUSED,
        "`PayloadTooLarge` for the payload of a SmokeTest",
    ),
    AwsRule(
        "invocation-time",
        "InvokeEndpoint",
        "A container answers within 60 seconds.",
        "API InvokeEndpoint",
        AVOIDED,
        "The smoke test waits 65 seconds, and a longer answer is a failure with SageMaker's words.",
    ),
    AwsRule(
        "async-invocation",
        "InvokeEndpoint",
        "An asynchronous endpoint takes InvokeEndpointAsync only.",
        'DG "Asynchronous inference"',
        REFUSED,
        "`FieldsConflict` for SmokeTest with AsyncInferenceConfig",
    ),
    # S3
    AwsRule(
        "copy-tags",
        "CopyObject",
        "Copying an object with tags needs s3:GetObjectTagging and s3:PutObjectTagging, unless the tags are replaced.",
        "S3 API CopyObject: TaggingDirective",
        AVOIDED,
        "The copy replaces the tags by none.",
    ),
)
