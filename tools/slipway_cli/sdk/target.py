"""The target: a stack in an AWS account and region, or the local stack."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from slipway_cli.sdk.checkout import OURS
from slipway_cli.sdk.errors import (
    CredentialsMissing,
    LocalStackNotRunning,
    RegionMissing,
    StackNotFound,
    StackUnfinished,
)

DEFAULT_STACK = "slipway"
STACK_FILE = Path(".local") / "stack.json"
CHECKOUT = OURS
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOCAL_PAUSE = 0.2  # seconds
# The local engine takes any.
LOCAL_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@dataclass(frozen=True)
class TargetChoice:
    """The user's choice of a target; the rest is found."""

    profile: str | None = None
    region: str | None = None
    stack: str = DEFAULT_STACK
    local: bool = False

    @property
    def flags(self) -> str:
        """Return the options of this choice, with a space before them: ` --stack mine --local`."""
        # The local stack has its own region and no profiles.
        elsewhere = () if self.local else (("profile", self.profile), ("region", self.region))
        named = (*elsewhere, ("stack", self.stack))
        said = [f" --{name} {value}" for name, value in named if value and value != DEFAULT_STACK]
        return "".join([*said, " --local"] if self.local else said)


@dataclass
class Target:
    """A stack. Clients and outputs are created when they are needed.

    `endpoint_url` is None for AWS itself; `known_outputs` are the stack's outputs if they are known already.
    """

    session: Any
    region: str
    stack: str = DEFAULT_STACK
    endpoint_url: str | None = None
    known_outputs: Mapping[str, str] | None = None
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, always the same one."""
        if service not in self._clients:
            self._clients[service] = self.session.client(
                service, endpoint_url=self.endpoint_url, region_name=self.region
            )
        return self._clients[service]

    @property
    def is_local(self) -> bool:
        """Return whether it is on this machine."""
        return is_loopback(self.endpoint_url)

    def pause(self, seconds: float) -> float:
        """Return the seconds between two polls: so many on AWS, fewer on this machine, where polling is free."""
        return LOCAL_PAUSE if self.is_local else seconds

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Return the stack's outputs. Raises `StackNotFound`."""
        return self._described_outputs() if self.known_outputs is None else self.known_outputs

    def output(self, name: str) -> str:
        """Return an output of the stack by its name in the template. Raises `StackNotFound` or `StackUnfinished`."""
        if name not in self.outputs:
            raise StackUnfinished(
                f"The stack {self.stack} has no output {name}: deploy it again with `sam build && sam deploy`, "
                "or pass another --stack."
            )
        return self.outputs[name]

    @property
    def state_machine_arn(self) -> str:
        """Return the ARN of the workflow."""
        return self.output("StateMachineArn")

    @property
    def model_bucket(self) -> str:
        """Return the name of the bucket that models are uploaded to."""
        return self.output("ModelBucketName")

    def _described_outputs(self) -> Mapping[str, str]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError as error:
            # DescribeStacks says "Stack with id slipway does not exist" in a ValidationError.
            if "does not exist" not in str(error):
                raise
            stacks = []
        if not stacks:
            raise StackNotFound(
                f"There is no stack {self.stack} in {self.region}: deploy it with `sam build && sam deploy`, "
                "pass another --stack or --region, or use --local."
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def find_target(
    choice: TargetChoice,
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    checkout: Path = CHECKOUT,
) -> Target:
    """Return the target: `.local/stack.json` with `local`, else AWS_ENDPOINT_URL, else the usual AWS configuration.

    The file is looked for in `folder` (the current one) and above it, then in `checkout`. Raises
    `LocalStackNotRunning`, `RegionMissing` or `CredentialsMissing`.
    """
    return _local(choice, folder or Path.cwd(), checkout) if choice.local else _configured(choice, environment)


def is_loopback(url: str | None) -> bool:
    """Return whether a URL is on this machine."""
    return url is not None and urlsplit(url).hostname in LOOPBACK


def _stack_file(folder: Path, checkout: Path) -> Path | None:
    """Return the `.local/stack.json` of a running local stack, None when there is none."""
    places = [folder, *folder.parents, checkout]
    return next((place / STACK_FILE for place in places if (place / STACK_FILE).is_file()), None)


def _local(choice: TargetChoice, folder: Path, checkout: Path) -> Target:
    import boto3  # noqa: PLC0415 - half a second that `--help` does not pay

    file = _stack_file(folder, checkout)
    if file is None:
        raise LocalStackNotRunning(
            "No local stack is running: there is no .local/stack.json in this folder or above it. "
            "Start one with `slipway local up` or `make local`."
        )
    stack = json.loads(file.read_text(encoding="utf-8"))
    session = boto3.Session(region_name=stack["region"], **LOCAL_CREDENTIALS)
    return Target(session, stack["region"], choice.stack, stack["endpoint_url"], stack["outputs"])


def _configured(choice: TargetChoice, environment: Mapping[str, str]) -> Target:
    import boto3  # noqa: PLC0415 - half a second that `--help` does not pay

    endpoint_url = environment.get("AWS_ENDPOINT_URL") or None
    anonymous = choice.profile is None and not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & set(environment)
    credentials = LOCAL_CREDENTIALS if anonymous and is_loopback(endpoint_url) else {}
    session = boto3.Session(profile_name=choice.profile, region_name=choice.region, **credentials)
    region = session.region_name or environment.get("AWS_REGION")
    if region is None:
        raise RegionMissing("No region is configured: pass --region, or set AWS_REGION or the profile's region.")
    if session.get_credentials() is None:
        raise CredentialsMissing(
            "No AWS credentials were found: run `aws configure` or `aws sso login`, pass --profile, or use --local."
        )
    return Target(session, region, choice.stack, endpoint_url)
