"""The AutoScaling that `slipway scale` makes of its options."""

from __future__ import annotations

from typing import Any

import click
import pytest

from slipway_cli.commands.scale import scaling_of_options, schedule_of

BEFORE = {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}
NIGHT = "cron(0 18 ? * MON-FRI *)|Europe/Berlin|1|1"
SCHEDULE = {
    "ScheduleExpression": "cron(0 18 ? * MON-FRI *)",
    "Timezone": "Europe/Berlin",
    "MinCapacity": 1,
    "MaxCapacity": 1,
}


@pytest.mark.parametrize(
    ("given", "schedules", "scaling"),
    [
        ({"MaxCapacity": 9, "MinCapacity": None}, (), BEFORE | {"MaxCapacity": 9}),
        (
            {"MinCapacity": 0, "TargetBacklogPerInstance": 5},
            (),
            {"MinCapacity": 0, "MaxCapacity": 4, "TargetBacklogPerInstance": 5},
        ),
        ({}, (NIGHT,), BEFORE | {"Schedules": [SCHEDULE]}),
    ],
)
def test_what_is_not_named_stays_as_it_was(
    given: dict[str, int | None], schedules: tuple[str, ...], scaling: dict[str, Any]
) -> None:
    assert scaling_of_options(BEFORE, given, None, schedules, off=False) == scaling


def test_a_number_of_instances_and_off_say_all() -> None:
    assert scaling_of_options(BEFORE, {}, 3, (), off=False) == {"MinCapacity": 3, "MaxCapacity": 3}
    assert scaling_of_options(BEFORE, {}, None, (), off=True) == {}


@pytest.mark.parametrize(
    ("given", "instances", "off"), [({}, None, False), ({"MinCapacity": 1}, 3, False), ({}, 3, True)]
)
def test_options_that_exclude_each_other_are_refused(
    given: dict[str, int | None], instances: int | None, *, off: bool
) -> None:
    with pytest.raises(click.UsageError, match="Pass --instances, or --off"):
        scaling_of_options(BEFORE, given, instances, (), off=off)


@pytest.mark.parametrize("text", ["", "cron(0 8 ? * MON-FRI *)", "cron(0 8 ? * MON-FRI *)|UTC|one|4"])
def test_a_schedule_has_four_parts(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"write for example \"cron"):
        schedule_of(text)
