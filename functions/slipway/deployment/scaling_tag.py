"""How an endpoint is scaled, as the value of one tag: what outlives the endpoint, so that waking it brings it back.

`1/4/600` is MinCapacity/MaxCapacity/TargetInvocationsPerInstance; `0/4/backlog5` has TargetBacklogPerInstance, and
`2/2/` no target. `blue=1/4/600` is that of the variant blue only. Schedules follow the bounds that they change, as
`1/4 Europe/Berlin 0 8 _ @ MON-FRI @`. A tag takes few characters of a cron expression, so that `@` is `*`, `_` is `?`,
`.` is `,` and `:` is `#`. Parts are separated by ` + `.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from slipway.deployment.plan import AutoScaling, Schedule

EVERY_VARIANT = ""  # scaling that names no variant is that of each
NONE = "none"
BETWEEN = " + "
UTC = "UTC"
BOUNDS = re.compile(r"(?:([A-Za-z0-9-]{1,63})=)?(\d{1,9})/(\d{1,9})/(?:(backlog)?(\d{1,9}))?")
SCHEDULE = re.compile(r"(\d{1,9})/(\d{1,9}) ([A-Za-z0-9_+/-]{1,50}) (\S+ \S+ \S+ \S+ \S+ \S+)")
TO_TAG = str.maketrans("*?,#", "@_.:")
FROM_TAG = str.maketrans("@_.:", "*?,#")

ByVariant = dict[str, AutoScaling]


def scaling_text(scaling: Mapping[str, AutoScaling]) -> str:
    """Return the tag's value; none for no scaling."""
    return BETWEEN.join(part for variant, one in scaling.items() for part in _parts(variant, one)) or NONE


def _parts(variant: str, scaling: AutoScaling) -> list[str]:
    target = ""
    if "TargetInvocationsPerInstance" in scaling:
        target = str(scaling["TargetInvocationsPerInstance"])
    elif "TargetBacklogPerInstance" in scaling:
        target = f"backlog{scaling['TargetBacklogPerInstance']}"
    named = f"{variant}=" if variant else ""
    return [
        f"{named}{scaling['MinCapacity']}/{scaling['MaxCapacity']}/{target}",
        *(_schedule_text(schedule) for schedule in scaling.get("Schedules", [])),
    ]


def _schedule_text(schedule: Schedule) -> str:
    fields = schedule["ScheduleExpression"].removeprefix("cron(").removesuffix(")").translate(TO_TAG)
    bounds = f"{schedule['MinCapacity']}/{schedule['MaxCapacity']}"
    return f"{bounds} {schedule.get('Timezone', UTC)} {fields}"


def scaling_from(text: str) -> ByVariant:
    """Return the scaling that a tag's value says; nothing for no scaling, or for what another tool has written."""
    found: ByVariant = {}
    variant = None
    for part in text.split(BETWEEN) if text not in ("", NONE) else ():
        if bounds := BOUNDS.fullmatch(part):
            variant = bounds[1] or EVERY_VARIANT
            found[variant] = _bounds(bounds)
        elif variant is not None and (schedule := SCHEDULE.fullmatch(part)):
            found[variant].setdefault("Schedules", []).append(_schedule(schedule))
        else:
            return {}
    return found if all(map(_is_possible, found.values())) else {}


def _bounds(found: re.Match[str]) -> AutoScaling:
    scaling = {"MinCapacity": int(found[2]), "MaxCapacity": int(found[3])}
    if found[5]:
        scaling["TargetBacklogPerInstance" if found[4] else "TargetInvocationsPerInstance"] = int(found[5])
    return cast("AutoScaling", scaling)


def _schedule(found: re.Match[str]) -> Schedule:
    zone = {} if found[3] == UTC else {"Timezone": found[3]}
    expression = f"cron({found[4].translate(FROM_TAG)})"
    bounds = {"MinCapacity": int(found[1]), "MaxCapacity": int(found[2])}
    return cast("Schedule", {"ScheduleExpression": expression, **zone, **bounds})


def _is_possible(scaling: AutoScaling) -> bool:
    least = 0 if "TargetBacklogPerInstance" in scaling else 1
    bounds = [scaling, *scaling.get("Schedules", [])]
    are_in_order = all(least <= one["MinCapacity"] <= one["MaxCapacity"] for one in bounds)
    targets = [value for name, value in scaling.items() if name.startswith("Target")]
    is_fixed = scaling["MinCapacity"] == scaling["MaxCapacity"] > 0
    return are_in_order and all(targets) and (bool(targets) or "Schedules" in scaling or is_fixed)


def for_variants(scaling: Mapping[str, AutoScaling], names: list[str]) -> ByVariant:
    """Return the scaling of each of these variants that has one."""
    every = scaling.get(EVERY_VARIANT)
    wanted = {name: scaling.get(name, every) for name in names}
    return {name: one for name, one in wanted.items() if one}


def in_words(text: str) -> str:
    """Return the tag's value as a person reads it: 1 to 4 instances, 600 invocations a minute each; empty for none."""
    return "; ".join(
        f"{variant}: {_in_words(scaling)}" if variant else _in_words(scaling)
        for variant, scaling in scaling_from(text).items()
    )


def _in_words(scaling: AutoScaling) -> str:
    words = _range(scaling["MinCapacity"], scaling["MaxCapacity"])
    if "TargetInvocationsPerInstance" in scaling:
        words += f", {scaling['TargetInvocationsPerInstance']} invocations a minute each"
    if "TargetBacklogPerInstance" in scaling:
        words += f", {scaling['TargetBacklogPerInstance']} waiting requests each"
    for schedule in scaling.get("Schedules", []):
        bounds = _range(schedule["MinCapacity"], schedule["MaxCapacity"])
        words += f"; {bounds} from {schedule['ScheduleExpression']} {schedule.get('Timezone', UTC)}"
    return words


def _range(least: int, most: int) -> str:
    count = str(least) if least == most else f"{least} to {most}"
    return f"{count} instance{'' if count == '1' else 's'}"
