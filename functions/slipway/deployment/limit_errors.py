"""What the stack's owner does not allow. Each names the parameter of the stack that says so; nothing exists by then."""

from __future__ import annotations

from slipway.errors import Refused


class LimitExceeded(Refused):
    """Base of what is beyond the limits that the stack's owner set: never retried."""


class InstanceTypeNotAllowed(LimitExceeded):
    """An instance type, or serverless hosting, that the parameter AllowedInstanceTypes does not list."""


class TooManyInstances(LimitExceeded):
    """More instances than the parameter MaxInstances allows an endpoint."""


class RegistryNotAllowed(LimitExceeded):
    """An image in a registry that the parameter AllowedRegistries does not list."""


class ExecutionRoleNotAllowed(LimitExceeded):
    """A role other than the stack's that the parameter AllowedExecutionRoles does not list."""


class ModelBucketNotAllowed(LimitExceeded):
    """An archive in a bucket that is neither the stack's nor the parameter SecondModelBucket."""


class HostingLocked(LimitExceeded):
    """A side file that says how to host, where the parameter SideFileHosting refuses that."""
