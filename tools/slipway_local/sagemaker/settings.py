"""What can be set while the local SageMaker runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Settings:
    """Times are seconds of SageMaker's clock.

    `creation_seconds`: a creation or update takes at least this long, whatever it ends in.
    `change_seconds`: a deletion or a change of weights takes this long.
    `instance_limits`: the quota `<type> for endpoint usage`; a type that is not named has none.
    """

    creation_seconds: float = 3.0
    change_seconds: float = 1.0
    instance_limits: Mapping[str, int] = field(default_factory=dict)
