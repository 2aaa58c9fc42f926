"""What `slipway doctor` checks, by reading only: the stack, its roles, quotas, images, keys, alarms and queues."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

from slipway.images import parse_image_uri, resolve_image
from slipway.preflight.trust_policy import trusts_sagemaker
from slipway_cli.doctor.lab import PREFIX
from slipway_cli.sdk.sdk_errors import refusal
from slipway_cli.sdk.target import Target

DEPLOY_AGAIN = "deploy the stack again with `sam build && sam deploy`."
HEALTHY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
FUNCTION, ROLE, MACHINE = "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::StepFunctions::StateMachine"
MIN_CONCURRENCY = 10  # a new account has that much for all of its functions
MIN_ADDRESSES, MIN_ZONES = 2, 2  # DG "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC"
LOG_DAYS = 7
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")


class Status(StrEnum):
    """How a check ended."""

    OK = "OK"
    WARNING = "Warning"
    FAILED = "Failed"


@dataclass(frozen=True)
class Result:
    """One line: what was checked, how it is, and what to do where it is not OK."""

    check: str
    status: Status
    says: str
    to_do: str = ""


@dataclass(frozen=True)
class Examined:
    """The stack as CloudFormation describes it, read once. `subnets` are those that models are to be hosted in."""

    target: Target
    subnets: Sequence[str] = ()

    @cached_property
    def stack(self) -> dict[str, Any]:
        """Return the stack's description."""
        found: dict[str, Any] = self.target.client("cloudformation").describe_stacks(StackName=self.target.stack)
        return dict(found["Stacks"][0])

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Return the stack's parameters."""
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.stack.get("Parameters", [])}

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """Return the stack's resources."""
        pages = self.target.client("cloudformation").get_paginator("list_stack_resources")
        found = pages.paginate(StackName=self.target.stack)
        return [resource for page in found for resource in page["StackResourceSummaries"]]

    @cached_property
    def template(self) -> dict[str, Any]:
        """Return the template that the stack was deployed from, transformed."""
        client = self.target.client("cloudformation")
        body = client.get_template(StackName=self.target.stack, TemplateStage="Processed")["TemplateBody"]
        return dict(json.loads(body) if isinstance(body, str) else body)

    def physical(self, kind: str) -> dict[str, str]:
        """Return the physical ids of a type's resources, by logical id."""
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"] for one in self.resources if one["ResourceType"] == kind
        }


Check = Callable[[Examined], Iterator[Result]]


def examine(target: Target, subnets: Sequence[str] = ()) -> Iterator[Result]:
    """Yield the result of every check. What cannot be read is a warning, and the other checks go on.

    Raises `StackNotFound` or `StackUnfinished`.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

    examined = Examined(target, subnets)
    target.output("StateMachineArn")  # without a stack there is nothing to check
    for name, check in CHECKS.items():
        try:
            yield from check(examined)
        except (BotoCoreError, ClientError) as error:
            yield Result(
                name, Status.WARNING, f"not checked: {refusal(error)}", "let the caller read it, or ignore it."
            )


def _stack(examined: Examined) -> Iterator[Result]:
    status = examined.stack["StackStatus"]
    if status in HEALTHY:
        yield Result("stack", Status.OK, f"{examined.target.stack} is {status}")
    else:
        reason = examined.stack.get("StackStatusReason", "")
        yield Result("stack", Status.FAILED, f"{examined.target.stack} is {status} {reason}".rstrip(), DEPLOY_AGAIN)


def _parameters(examined: Examined) -> Iterator[Result]:
    defaults = {name: about.get("Default") for name, about in examined.template.get("Parameters", {}).items()}
    changed = [f"{name}={value}" for name, value in examined.parameters.items() if str(defaults.get(name, "")) != value]
    missing = sorted(defaults.keys() - examined.parameters.keys())
    if missing:
        yield Result("parameters", Status.FAILED, f"the stack lacks {', '.join(missing)}", DEPLOY_AGAIN)
    else:
        yield Result("parameters", Status.OK, f"not the default: {', '.join(changed) or 'none'}")


def _resources(examined: Examined) -> Iterator[Result]:
    broken = [
        f"{one['LogicalResourceId']} is {one['ResourceStatus']}"
        for one in examined.resources
        if one["ResourceStatus"] not in HEALTHY
    ]
    missing = [name for name, exists in _existence(examined) if not exists]
    said = [*broken, *(f"{name} does not exist" for name in missing)]
    if said:
        yield Result("resources", Status.FAILED, "; ".join(said), DEPLOY_AGAIN)
    else:
        yield Result("resources", Status.OK, f"{len(examined.resources)} resources exist")


def _existence(examined: Examined) -> Iterator[tuple[str, bool]]:
    """Yield the resources that a deployment needs, and whether each exists."""
    client = examined.target.client
    reads: dict[str, Callable[[str], object]] = {
        FUNCTION: lambda name: client("lambda").get_function_configuration(FunctionName=name),
        ROLE: lambda name: client("iam").get_role(RoleName=name),
        MACHINE: lambda arn: client("stepfunctions").describe_state_machine(stateMachineArn=arn),
        "AWS::S3::Bucket": lambda name: client("s3").head_bucket(Bucket=name),
        "AWS::SQS::Queue": lambda url: client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]),
        "AWS::SNS::Topic": lambda arn: client("sns").get_topic_attributes(TopicArn=arn),
        "AWS::Events::Rule": lambda name: client("events").describe_rule(Name=name),
    }
    for kind, read in reads.items():
        for name, physical in examined.physical(kind).items():
            yield name, _exists(read, physical)


def _exists(read: Callable[[str], object], physical: str) -> bool:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

    try:
        read(physical)
    except ClientError as error:
        if _is_missing(error):
            return False
        raise
    return True


def _is_missing(error: Any) -> bool:
    """Say whether an error of botocore means that something does not exist; each service has its own code for it."""
    code = error.response["Error"].get("Code", "")
    return any(word in code for word in ("404", "NotFound", "NoSuch", "NonExistent", "DoesNotExist"))


def _workflow(examined: Examined) -> Iterator[Result]:
    if find_spec("yaml") is None:
        to_do = "install it with `pip install 'slipway[console]'`."
        yield Result("workflow", Status.WARNING, "not checked: the definition is YAML, and PyYAML is missing", to_do)
        return
    resource, about = next(
        (name, about) for name, about in examined.template["Resources"].items() if about["Type"] == MACHINE
    )
    machine = examined.target.client("stepfunctions").describe_state_machine(
        stateMachineArn=examined.physical(MACHINE)[resource]
    )
    deployed, written = _digest(machine["definition"]), _digest(_definition(examined, about["Properties"]))
    if deployed == written:
        yield Result("workflow", Status.OK, f"the definition is the template's ({deployed[:12]})")
    else:
        said = f"the definition ({deployed[:12]}) is not the template's ({written[:12]})"
        yield Result("workflow", Status.FAILED, said, DEPLOY_AGAIN)


def _definition(examined: Examined, properties: Mapping[str, Any]) -> str:
    """Return the definition that the template has, with what CloudFormation puts into it."""
    place = properties["DefinitionS3Location"]
    stored = examined.target.client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"])
    text: str = stored["Body"].read().decode()
    arns = {
        name: f"{examined.target.state_machine_arn.split(':states:')[0]}:lambda:{_place(examined)}:function:{physical}"
        for name, physical in examined.physical(FUNCTION).items()
    }
    values = {
        name: arns.get(value["Fn::GetAtt"][0], "") if isinstance(value, dict) and "Fn::GetAtt" in value else str(value)
        for name, value in properties.get("DefinitionSubstitutions", {}).items()
    }
    return SUBSTITUTION.sub(lambda found: values.get(found[1], found[0]), text)


def _place(examined: Examined) -> str:
    """Return `<region>:<account>`."""
    return ":".join(examined.target.state_machine_arn.split(":")[3:5])


def _digest(definition: str) -> str:
    import yaml  # noqa: PLC0415 - of an extra of the distribution; YAML includes JSON

    read = yaml.safe_load(definition)
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def _code(examined: Examined) -> Iterator[Result]:
    client, s3 = examined.target.client("lambda"), examined.target.client("s3")
    digests: dict[tuple[str, str], str] = {}
    changed = []
    for name, physical in examined.physical(FUNCTION).items():
        place = examined.template["Resources"][name]["Properties"]["Code"]
        key = (place["S3Bucket"], place["S3Key"])
        if key not in digests:
            body = s3.get_object(Bucket=key[0], Key=key[1])["Body"].read()
            digests[key] = b64encode(hashlib.sha256(body).digest()).decode()
        if client.get_function_configuration(FunctionName=physical)["CodeSha256"] != digests[key]:
            changed.append(name)
    if changed:
        yield Result("code", Status.FAILED, f"{', '.join(changed)} runs other code than the template's", DEPLOY_AGAIN)
    else:
        yield Result("code", Status.OK, "the functions run the template's code")


def _sdk(examined: Examined) -> Iterator[Result]:
    # Lambda does not report the boto3 of its runtime; a function that finds it too old says so in its log.
    since = int((datetime.now(UTC) - timedelta(days=LOG_DAYS)).timestamp() * 1000)
    groups = examined.physical("AWS::Logs::LogGroup")
    group = groups["CreateModelLogGroup"]
    pages = examined.target.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=group, filterPattern="SdkTooOld", startTime=since)
    if any(page["events"] for page in found):
        to_do = "add boto3 to requirements/functions.in, run make pins, and deploy the stack again."
        yield Result("runtime", Status.FAILED, f"SdkTooOld in {group} in the last {LOG_DAYS} days", to_do)
    else:
        yield Result("runtime", Status.OK, f"no function found its boto3 too old in the last {LOG_DAYS} days")


def _roles(examined: Examined) -> Iterator[Result]:
    from slipway.errors import NotFound  # noqa: PLC0415
    from slipway.preflight.aws import trust_policy_of  # noqa: PLC0415 - it imports botocore

    iam = examined.target.client("iam")
    allowed = filter(None, examined.parameters.get("AllowedExecutionRoles", "").split(","))
    for arn in (examined.target.output("ExecutionRoleArn"), *allowed):
        try:
            trusts = trusts_sagemaker(trust_policy_of(iam, arn))
        except NotFound:
            yield Result("roles", Status.FAILED, f"{arn} does not exist", "create it, or change AllowedExecutionRoles.")
            continue
        if trusts:
            yield Result("roles", Status.OK, f"SageMaker may assume {arn}")
        else:
            to_do = "allow sagemaker.amazonaws.com sts:AssumeRole in its trust policy."
            yield Result("roles", Status.FAILED, f"{arn} does not trust SageMaker", to_do)


def _trust(examined: Examined) -> Iterator[Result]:
    """Compare the services that may assume the stack's roles with the template's."""
    changed = []
    for name, physical in examined.physical(ROLE).items():
        document = examined.target.client("iam").get_role(RoleName=physical)["Role"]["AssumeRolePolicyDocument"]
        deployed = json.loads(unquote(document)) if isinstance(document, str) else document
        written = examined.template["Resources"][name]["Properties"]["AssumeRolePolicyDocument"]
        if _services(deployed) != _services(written):
            changed.append(f"{name} is assumed by {', '.join(sorted(_services(deployed))) or 'no service'}")
    if changed:
        yield Result("trust", Status.FAILED, f"{'; '.join(changed)}, which the template does not say", DEPLOY_AGAIN)
    else:
        yield Result("trust", Status.OK, "the stack's roles are assumed by the template's services only")


def _services(policy: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for statement in policy.get("Statement", []):
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else principal
        found |= {services} if isinstance(services, str) else set(services)
    return found


def _quotas(examined: Examined) -> Iterator[Result]:
    from slipway.preflight.aws import InstanceQuotas  # noqa: PLC0415 - it imports botocore

    instance_type = examined.parameters.get("DefaultInstanceType", "")
    if instance_type:
        name = f'the quota "{instance_type} for endpoint usage"'
        quota = InstanceQuotas(examined.target.client("service-quotas")).quota(f"{instance_type} for endpoint usage")
        to_do = "ask Service Quotas for more, or change DefaultInstanceType."
        if quota is None:
            yield Result("quotas", Status.WARNING, f"Service Quotas does not list {name}", to_do)
        else:
            status = Status.OK if quota else Status.FAILED
            yield Result("quotas", status, f"{name} is {quota}", "" if quota else to_do)
    limit = examined.target.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit > MIN_CONCURRENCY:
        yield Result("quotas", Status.OK, f"Lambda runs {limit} functions at once")
    else:
        to_do = "ask Service Quotas for more concurrent executions before many deployments run at once."
        yield Result("quotas", Status.WARNING, f"Lambda runs only {limit} functions at once in this account", to_do)


def _images(examined: Examined) -> Iterator[Result]:
    from slipway.errors import SlipwayError  # noqa: PLC0415 - errors of the catalogue

    framework = examined.parameters.get("DefaultFramework", "")
    if not framework:
        return
    region, version = examined.target.region, examined.parameters.get("DefaultFrameworkVersion") or None
    instance_type = examined.parameters.get("DefaultInstanceType") or None
    try:
        uri = str(resolve_image(framework, region, version=version, instance_type=instance_type))
    except SlipwayError as error:
        yield Result("images", Status.FAILED, str(error), "change DefaultFramework or DefaultFrameworkVersion.")
        return
    if examined.target.is_local:
        yield Result("images", Status.OK, f"{framework} is {uri}; the local stack has no registry")
        return
    image = parse_image_uri(uri)
    answer = examined.target.client("ecr").batch_get_image(
        registryId=image.account, repositoryName=image.repository, imageIds=[{"imageTag": image.tag}]
    )
    if answer.get("images"):
        yield Result("images", Status.OK, f"{framework} is {uri}, which exists")
    else:
        yield Result("images", Status.FAILED, f"{uri} does not exist", "name a DefaultFrameworkVersion that exists.")


def _keys(examined: Examined) -> Iterator[Result]:
    named = [examined.parameters.get("KmsKeyArn", ""), *examined.parameters.get("AllowedKmsKeys", "").split(",")]
    keys = list(filter(None, named))
    if keys and examined.target.is_local:
        yield Result("keys", Status.OK, "the local stack encrypts nothing")
        return
    for arn in keys:
        state, spec = _key(examined, arn)
        if (state, spec) == ("Enabled", "SYMMETRIC_DEFAULT"):
            yield Result("keys", Status.OK, f"{arn} is enabled")
        else:
            yield Result("keys", Status.FAILED, f"{arn} is {state} {spec}".rstrip(), "name an enabled symmetric key.")
    if not keys:
        yield Result("keys", Status.OK, "the stack uses keys that AWS manages")


def _key(examined: Examined, arn: str) -> tuple[str, str]:
    """Return the state and the spec of a key; "missing" for one that does not exist."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

    try:
        about = examined.target.client("kms").describe_key(KeyId=arn)["KeyMetadata"]
    except ClientError as error:
        if _is_missing(error):
            return "missing", ""
        raise
    return about["KeyState"], about.get("KeySpec", "SYMMETRIC_DEFAULT")


def _subnets(examined: Examined) -> Iterator[Result]:
    if not examined.subnets:
        return
    found = examined.target.client("ec2").describe_subnets(SubnetIds=list(examined.subnets))["Subnets"]
    zones = {subnet["AvailabilityZone"] for subnet in found}
    full = [subnet["SubnetId"] for subnet in found if subnet["AvailableIpAddressCount"] < MIN_ADDRESSES]
    if len(zones) < MIN_ZONES:
        to_do = "add a subnet in another Availability Zone: SageMaker requires two."
        yield Result("subnets", Status.FAILED, f"all are in {', '.join(sorted(zones))}", to_do)
    elif full:
        to_do = f"free addresses: each instance takes {MIN_ADDRESSES}."
        yield Result("subnets", Status.FAILED, f"{', '.join(full)} has too few addresses", to_do)
    else:
        yield Result("subnets", Status.OK, f"{len(found)} subnets in {len(zones)} Availability Zones")


def _alarms(examined: Examined) -> Iterator[Result]:
    names = list(examined.physical("AWS::CloudWatch::Alarm").values())
    found = examined.target.client("cloudwatch").describe_alarms(AlarmNames=names, MaxRecords=100)["MetricAlarms"]
    states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}
    missing, firing = sorted(set(names) - states.keys()), sorted(n for n, state in states.items() if state == "ALARM")
    if missing:
        yield Result("alarms", Status.FAILED, f"{', '.join(missing)} does not exist", DEPLOY_AGAIN)
    if firing:
        to_do = "docs/operator.md says what each means."
        yield Result("alarms", Status.WARNING, f"{', '.join(firing)} in ALARM", to_do)
    if not missing and not firing:
        yield Result("alarms", Status.OK, f"{len(states)} alarms, none in ALARM")


def _queues(examined: Examined) -> Iterator[Result]:
    waiting: Counter[str] = Counter()
    for name, url in examined.physical("AWS::SQS::Queue").items():
        wanted = ["ApproximateNumberOfMessages"]
        found = examined.target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
        waiting[name] = int(found["Attributes"]["ApproximateNumberOfMessages"])
    full = [f"{name} holds {count}" for name, count in waiting.items() if count]
    if full:
        to_do = "read the messages, correct the cause, and redrive or delete them (docs/operator.md)."
        yield Result("dead letters", Status.WARNING, "; ".join(full), to_do)
    else:
        yield Result("dead letters", Status.OK, "none")


def _schedule(examined: Examined) -> Iterator[Result]:
    for name in examined.physical("AWS::Scheduler::Schedule").values():
        # The physical id is the name, with the group before it in newer stacks.
        state = examined.target.client("scheduler").get_schedule(Name=name.rpartition("|")[2])["State"]
        if state == "ENABLED":
            yield Result("schedule", Status.OK, "idle cleanup is scheduled")
        else:
            yield Result("schedule", Status.WARNING, f"idle cleanup's schedule is {state}", "enable it in EventBridge.")


def _leftovers(examined: Examined) -> Iterator[Result]:
    client = examined.target.client("sagemaker")
    kinds = (("list_endpoints", "Endpoints", "EndpointName"), ("list_models", "Models", "ModelName"))
    found = [one[name] for call, items, name in kinds for one in getattr(client, call)(NameContains=PREFIX)[items]]
    if found:
        to_do = "delete them if no probe runs now: they may cost money."
        yield Result("probes", Status.WARNING, f"left by earlier probes: {', '.join(found)}", to_do)
    else:
        yield Result("probes", Status.OK, "nothing is left of earlier probes")


CHECKS: Mapping[str, Check] = {
    "stack": _stack,
    "parameters": _parameters,
    "resources": _resources,
    "workflow": _workflow,
    "code": _code,
    "runtime": _sdk,
    "roles": _roles,
    "trust": _trust,
    "quotas": _quotas,
    "images": _images,
    "keys": _keys,
    "subnets": _subnets,
    "alarms": _alarms,
    "dead letters": _queues,
    "schedule": _schedule,
    "probes": _leftovers,
}
