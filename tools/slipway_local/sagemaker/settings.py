"""What can be set while the local SageMaker runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Settings:
    """Times are seconds of SageMaker's clock.

    `creation_seconds`: a creation or update takes at least this long, whatever its outcome.
    `change_seconds`: a deletion or a change of weights takes this long.
    `schedule_scale`: real seconds for each second of a schedule's rate, whatever the clock's scale: idle cleanup uses
    real time, so its schedule is real too by default.
    `refuse_in_use`: whether models and configurations that an endpoint needs cannot be deleted. AWS says that they must
    not be, and lets it happen; the SageMaker SDK's `delete_model` relies on that.
    `instance_limits`: the quota `<type> for endpoint usage`; a type that is not named has none.
    """

    creation_seconds: float = 3.0
    change_seconds: float = 1.0
    schedule_scale: float = 1.0
    refuse_in_use: bool = True
    instance_limits: Mapping[str, int] = field(default_factory=dict)
