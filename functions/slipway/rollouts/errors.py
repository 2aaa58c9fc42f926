"""Why a rollout is refused.

    InputRefused
    ├── ManifestNotFound            (PlanRollout)
    ├── ManifestInvalid             (PlanRollout): the message names the first lines and what is wrong with each
    └── RolloutExceedsQuota         (PlanRollout)

No deployment was started by then.
"""

from __future__ import annotations

from slipway.errors import InputRefused


class ManifestNotFound(InputRefused):
    """The manifest does not exist, or its bucket is not one of the stack's."""


class ManifestInvalid(InputRefused):
    """The manifest cannot be read, or some of its lines break the contract."""


class RolloutExceedsQuota(InputRefused):
    """All deployments of the manifest together need more instances of a type than the account's quota allows."""
