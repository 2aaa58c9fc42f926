"""Models and endpoint configurations: under content-addressed names, created once, and found again by content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slipway.aws.sagemaker import Request, SageMaker, Tags
from slipway.errors import AlreadyExists, EndpointConfigNameTaken, ModelNameTaken, NotFound, Refused
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.requests import agrees


@dataclass(frozen=True)
class ResourceKind:
    """A kind of resource, `Model` or `EndpointConfig`, and its operations."""

    name: str
    noun: str  # in a sentence
    create: Callable[[Request, Tags], str]
    describe: Callable[[str], dict[str, Any]]
    delete: Callable[[str], None]
    name_taken: type[Refused]

    def arn(self, name: str) -> str:
        """Return a resource's ARN. Raises `NotFound`."""
        return str(self.describe(name)[f"{self.name}Arn"])

    def exists(self, name: str) -> bool:
        """Say whether there is a resource of this name."""
        try:
            self.describe(name)
        except NotFound:
            return False
        return True


def models(sagemaker: SageMaker) -> ResourceKind:
    """Return SageMaker's models."""
    create, describe, delete = sagemaker.create_model, sagemaker.describe_model, sagemaker.delete_model
    return ResourceKind("Model", "A model", create, describe, delete, ModelNameTaken)


def endpoint_configs(sagemaker: SageMaker) -> ResourceKind:
    """Return SageMaker's endpoint configurations."""
    create, describe = sagemaker.create_endpoint_config, sagemaker.describe_endpoint_config
    delete, taken = sagemaker.delete_endpoint_config, EndpointConfigNameTaken
    return ResourceKind("EndpointConfig", "An endpoint configuration", create, describe, delete, taken)


def create_or_find(kind: ResourceKind, request: Request, tags: Tags, sagemaker: SageMaker) -> str:
    """Create a resource and return its ARN, or find it as this content has made it before, and mark it as wanted.

    Raises the kind's `name_taken` when one of this name has another content, and `NotFound` for one that is not
    visible yet, or that a deployment which failed removes meanwhile.
    """
    name = request[f"{kind.name}Name"]
    try:
        return kind.create(request, tags)
    except AlreadyExists:
        found = kind.describe(name)
    if not agrees(request, found):
        raise kind.name_taken(
            f"{kind.noun} named {name} exists with different content: delete it, or deploy under another EndpointName."
        )
    arn = str(found[f"{kind.name}Arn"])
    refresh_requested_at(arn, tags, sagemaker)
    return arn
