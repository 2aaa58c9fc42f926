"""The checks of AWS's written rules, each of one input; the rule's sentence and its source are in `aws_rules`.

A check raises `FieldInvalid`, `FieldMissing`, `FieldsConflict` or `DeploymentConfigInvalid`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.deployment.escaping import quoted_name
from slipway.deployment.instance_types import has_local_disks
from slipway.deployment.plan import MULTI_MODEL
from slipway.errors import DeploymentConfigInvalid, FieldInvalid, FieldMissing, FieldsConflict
from slipway.images.model_servers import HUB_MODEL
from slipway.planning.contract.parts import (
    ADDITIONAL,
    COMPONENTS,
    PRODUCTION,
    SHADOW,
    VARIANTS,
    data_sources_of,
    parts_of,
)
from slipway.planning.contract.schema import samples_of

Document = Mapping[str, Any]

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


def instance_types_of(document: Document) -> Iterator[str]:
    """Yield the instance types that a deployment may run on."""
    yield from (pool["InstanceType"] for pool in document.get("InstancePools", [document]) if "InstanceType" in pool)


def environment_fits(document: Document, _region: str) -> None:
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


def environment_has_no_secrets(document: Document, _region: str) -> None:
    for name, value in document.get("Environment", {}).items():
        is_secret = SECRET_NAME.search(name) or SECRET_VALUE.search(value)
        if is_secret and value and not value.startswith(REFERENCE):
            raise FieldInvalid(
                f"Environment.{name} holds a credential, and everyone who may describe the model can read it: store "
                "the weights of a gated model in S3 and name them in ModelDataUrl, or let an image of yours read the "
                "credential from AWS Secrets Manager by the secret's ARN and the role in ExecutionRoleArn."
            )


def containers_have_names(document: Document, _region: str) -> None:
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


def execution_of_several_containers(document: Document, _region: str) -> None:
    if "InferenceExecutionConfig" in document and "Containers" not in document:
        raise FieldsConflict(
            "InferenceExecutionConfig and a single container exclude each other: it says how several are invoked; add "
            "Containers, or remove InferenceExecutionConfig."
        )


def target_is_of_direct_containers(document: Document, _region: str) -> None:
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


def additional_sources_are_channels(document: Document, _region: str) -> None:
    if ADDITIONAL not in document:
        return
    excluded = ("ServerlessConfig", "ModelPackageArn", *(("Mode",) if document.get("Mode") == MULTI_MODEL else ()))
    other = next((name for name in excluded if name in document), "")
    if other:
        raise FieldsConflict(
            f"{ADDITIONAL} and {other} exclude each other: they are loaded beside one model that SageMaker downloads "
            f"to the volume of an instance; remove {ADDITIONAL}."
        )
    channels = [source["ChannelName"] for source in document[ADDITIONAL]]
    twice = next((name for name in channels if channels.count(name) > 1), None)
    if twice:
        raise FieldInvalid(
            f"{ADDITIONAL} has two of ChannelName {quoted_name(twice)}, but it is the name of the source's folder: "
            "give each a name of its own."
        )


def licence_is_accepted(document: Document, _region: str) -> None:
    for where, source in data_sources_of(document):
        if source.get("ModelAccessConfig", {}).get("AcceptEula") is False:
            raise FieldInvalid(
                f"{where}.ModelAccessConfig.AcceptEula is false, but SageMaker deploys a model with a license "
                "agreement only where it is accepted: write true, or remove ModelAccessConfig for a model without one."
            )


def private_registry_is_in_the_vpc(document: Document, _region: str) -> None:
    if "ImageConfig" not in document:
        return
    if "ImageUri" not in document:
        raise FieldMissing("ImageUri is missing: ImageConfig says how it is pulled; add it, or remove ImageConfig.")
    config = document["ImageConfig"]
    if config["RepositoryAccessMode"] != "Vpc":
        if "RepositoryAuthConfig" in config:
            raise FieldsConflict(
                "ImageConfig.RepositoryAuthConfig and RepositoryAccessMode Platform exclude each other: the function "
                "returns the credentials of a private registry; write Vpc, or remove RepositoryAuthConfig."
            )
        return
    if "ServerlessConfig" in document:
        raise FieldsConflict(
            "ServerlessConfig and ImageConfig.RepositoryAccessMode Vpc exclude each other: serverless inference pulls "
            "from Amazon ECR; copy the image there, or write InstanceType."
        )
    if "VpcConfig" not in document:
        raise FieldMissing(
            "VpcConfig is missing: ImageConfig.RepositoryAccessMode is Vpc, and SageMaker reaches the private registry "
            "through the model's VPC; add VpcConfig."
        )


def multi_model_names_a_prefix(document: Document, _region: str) -> None:
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


def multi_model_excludes(document: Document, _region: str) -> None:
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


def target_is_of_many_models(document: Document, _region: str) -> None:
    is_multi = any(one.get("Mode") == MULTI_MODEL for one in (document, *document.get("Containers", [])))
    for where, sample in samples_of(document):
        if is_multi and "TargetModel" not in sample:
            raise FieldInvalid(
                f"{where}.TargetModel is missing, but a request names one of the models below the prefix: write for "
                "example model.tar.gz."
            )
        if "TargetModel" in sample and not is_multi:
            raise FieldsConflict(f"{where}.TargetModel is for Mode MultiModel: remove it, or add Mode MultiModel.")


def variant_names_differ(document: Document, _region: str) -> None:
    names = [variant["VariantName"] for kind in VARIANTS for variant in document.get(kind, [])]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise FieldInvalid(
            f"{PRODUCTION} has two of VariantName {twice}, but requests and weights name a variant: give each its own."
        )


def a_shadow_has_one_variant_beside_it(document: Document, _region: str) -> None:
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


def one_variant_where_hosting_needs_it(document: Document, _region: str) -> None:
    count = sum(len(document.get(kind, [])) for kind in VARIANTS)
    serverless = ["ServerlessConfig" for _, variant in parts_of(document) if "ServerlessConfig" in variant]
    for name in (*serverless, *(["AsyncInferenceConfig"] if "AsyncInferenceConfig" in document else [])):
        if PRODUCTION in document and count > 1:
            raise FieldsConflict(
                f"{name} and several variants exclude each other: an endpoint with {name} has one; remove the others."
            )


def no_rolling_of_variants(document: Document, _region: str) -> None:
    if "RollingUpdatePolicy" in document.get("DeploymentConfig", {}) and len(document.get(PRODUCTION, [])) > 1:
        raise DeploymentConfigInvalid(
            "DeploymentConfig: RollingUpdatePolicy is not for endpoints with several variants: use "
            "BlueGreenUpdatePolicy, or keep one variant."
        )


def no_asynchronous_pipeline(document: Document, _region: str) -> None:
    if "AsyncInferenceConfig" in document and "Containers" in document:
        raise FieldsConflict(
            "AsyncInferenceConfig and Containers exclude each other: an asynchronous endpoint has one container; "
            "remove AsyncInferenceConfig, or combine the containers into one."
        )


def no_volume_size_on_local_disks(document: Document, _region: str) -> None:
    if "VolumeSizeInGB" not in document:
        return
    found = next(filter(has_local_disks, instance_types_of(document)), None)
    if found:
        raise FieldsConflict(
            f"VolumeSizeInGB and {found} exclude each other: this instance type stores the model on local disks; "
            "remove VolumeSizeInGB."
        )


def serverless_memory_is_a_step(document: Document, _region: str) -> None:
    memory = document.get("ServerlessConfig", {}).get("MemorySizeInMB")
    if memory is not None and memory not in SERVERLESS_MEMORY:
        raise FieldInvalid(
            f"ServerlessConfig.MemorySizeInMB is {memory}, but must be one of "
            f"{', '.join(map(str, SERVERLESS_MEMORY))}; write for example 2048."
        )


def provisioned_concurrency_fits(document: Document, _region: str) -> None:
    config = document.get("ServerlessConfig", {})
    provisioned, most = config.get("ProvisionedConcurrency", 0), config.get("MaxConcurrency", 0)
    if provisioned > most:
        raise FieldInvalid(
            f"ServerlessConfig.ProvisionedConcurrency is {provisioned}, but must be at most MaxConcurrency, which is "
            f"{most}: lower ProvisionedConcurrency, or raise MaxConcurrency."
        )


def serverless_exists_in_the_region(document: Document, region: str) -> None:
    if "ServerlessConfig" in document and region.startswith("cn-"):
        raise FieldsConflict(
            f"ServerlessConfig and the Region {region} exclude each other: the China Regions have no serverless "
            "inference; use InstanceType."
        )


def no_capture_of_asynchronous_endpoints(document: Document, _region: str) -> None:
    if "AsyncInferenceConfig" in document and "DataCaptureConfig" in document:
        raise FieldsConflict(
            "AsyncInferenceConfig and DataCaptureConfig exclude each other: an asynchronous endpoint stores its "
            "responses in S3OutputPath itself; remove DataCaptureConfig, or AsyncInferenceConfig."
        )


def two_subnets(document: Document, _region: str) -> None:
    subnets = document.get("VpcConfig", {}).get("Subnets", [])
    if "VpcConfig" in document and len(set(subnets)) < MIN_SUBNETS:
        raise FieldInvalid(
            f"VpcConfig.Subnets has {len(set(subnets))} subnet, but SageMaker requires at least two in different "
            "Availability Zones, also for one instance: add a second subnet."
        )


def instances_are_managed_for_components(document: Document, _region: str) -> None:
    is_of_components = COMPONENTS in document or "InferenceComponentName" in document
    if "ManagedInstanceScaling" in document and not is_of_components:
        raise FieldsConflict(
            "ManagedInstanceScaling and a variant with a model exclude each other: SageMaker adds instances for copies "
            f"of inference components; write AutoScaling, or {COMPONENTS}."
        )


def metrics_are_published_at_a_known_interval(document: Document, _region: str) -> None:
    seconds = document.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds", 60)
    if seconds not in PUBLISH_FREQUENCIES:
        raise FieldInvalid(
            f"MetricsConfig.MetricPublishFrequencyInSeconds is {seconds}, but must be one of "
            f"{', '.join(map(str, PUBLISH_FREQUENCIES))}; write for example 60."
        )


def no_prefix_aware_routing(document: Document, _region: str) -> None:
    if document.get("RoutingConfig", {}).get("RoutingStrategy") == "PREFIX_AWARE":
        raise FieldInvalid(
            "RoutingConfig.RoutingStrategy is PREFIX_AWARE, which SageMaker takes only with a PrefixAwareRoutingConfig "
            "that not every Lambda runtime's SDK can send; write LEAST_OUTSTANDING_REQUESTS, RANDOM or KV_AWARE."
        )


def systems_manager_has_a_role(document: Document, _region: str) -> None:
    if document.get("EnableSSMAccess") and "ExecutionRoleArn" not in document:
        raise FieldMissing(
            "ExecutionRoleArn is missing: EnableSSMAccess opens a shell in the containers by permissions that the "
            "stack's role does not have; name a role that allows the ssmmessages actions."
        )


def no_hub_without_a_network(document: Document, _region: str) -> None:
    model = document.get("Environment", {}).get(HUB_MODEL, "/")
    if document.get("EnableNetworkIsolation") and not model.startswith("/"):
        raise FieldsConflict(
            f"EnableNetworkIsolation and Environment.{HUB_MODEL} exclude each other: an isolated container cannot "
            f"download {model[:80]}; store the model in S3 and name it in ModelDataUrl, or remove "
            "EnableNetworkIsolation."
        )
