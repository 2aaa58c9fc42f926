"""Which versions are unused: in doubt, none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.versions.retention import Retention, StackResource, is_orphaned, old_configs, unused
from slipway.versions.version import last_served

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
KEEP = Retention(versions=2, age=timedelta(days=30))


def ago(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%S}.000Z"


def config(
    number: int, *, wanted: float, served: float | None, slept: float | None = None, also: dict[str, str] | None = None
) -> StackResource:
    """A configuration wanted so many days ago, in service since so many."""
    tags = {
        "slipway:endpoint": "digits",
        "slipway:execution": "arn:execution",
        "slipway:deployed-at": ago(wanted),
        "slipway:requested-at": f"{ago(wanted)} {'0' * 32}",
        "slipway:model": f"digits-{number:012x}",
    }
    if served is not None:
        tags["slipway:in-service-at"] = ago(served)
    if slept is not None:
        tags["slipway:idle-deleted-at"] = ago(slept)
    return StackResource(f"{ARN}endpoint-config/digits-{number:012x}", tags | (also or {}))


def model(number: int, *, wanted: float) -> StackResource:
    tags = {key: value for key, value in config(number, wanted=wanted, served=None).tags.items() if "model" not in key}
    return StackResource(f"{ARN}model/digits-{number:012x}", tags)


def names(found: list[StackResource]) -> list[str]:
    return [f"{one.shown.split()[0]} {int(one.name[-12:], 16)}" for one in found]


def test_the_newest_versions_are_kept_whatever_their_age() -> None:
    made = [config(number, wanted=100 - number, served=100 - number) for number in range(4)]

    assert names(unused(made, KEEP, NOW)) == ["EndpointConfig 0", "EndpointConfig 1"]


def test_sizes_of_a_model_do_not_push_the_models_before_it_out() -> None:
    resized = {"slipway:model": "digits-000000000009"}
    made = [config(n, wanted=100 - n, served=100 - n, also=resized if n > 1 else None) for n in range(6)]

    assert names(unused(made, KEEP, NOW)) == [f"EndpointConfig {number}" for number in (0, 2, 3)]
    ours, serving = made[:-1], "digits-000000000009"
    old = old_configs(ours, Retention(KEEP.versions - 1), NOW, serving)
    assert names(old) == [f"EndpointConfig {number}" for number in (0, 2, 3)]


@pytest.mark.parametrize(("days", "goes"), [(29.9, False), (30.1, True)])
def test_beyond_them_a_version_is_kept_for_as_long_as_the_owner_says(days: float, *, goes: bool) -> None:
    made = [config(0, wanted=days, served=days), *(config(number, wanted=1, served=1) for number in (1, 2))]

    assert bool(unused(made, KEEP, NOW)) is goes


def test_without_an_age_a_version_beyond_the_newest_goes_also_when_it_served_after_the_deployment_started() -> None:
    configs = [config(number, wanted=1, served=-0.01 * number) for number in (1, 2)]

    assert names(old_configs(configs, Retention(versions=1), NOW)) == ["EndpointConfig 1"]


def test_what_wakes_an_endpoint_stays_until_something_else_has_served_in_its_place() -> None:
    deleted_idle = config(0, wanted=300, served=300, slept=90)
    older, newer = config(1, wanted=100, served=100), config(2, wanted=80, served=80)
    keep = Retention(versions=1, age=KEEP.age)

    assert names(unused([deleted_idle, older, model(0, wanted=300)], keep, NOW)) == ["EndpointConfig 1"]
    assert names(unused([deleted_idle, newer, model(0, wanted=300)], keep, NOW)) == ["EndpointConfig 0", "Model 0"]


@pytest.mark.parametrize(("days", "goes"), [(0.5, False), (1.1, True)])
def test_what_was_never_in_service_goes_after_a_day(days: float, *, goes: bool) -> None:
    made = [config(0, wanted=days, served=None), model(0, wanted=days)]

    assert names(unused(made, KEEP, NOW)) == (["EndpointConfig 0", "Model 0"] if goes else [])


def test_a_model_goes_with_its_last_configuration_and_not_before() -> None:
    shared = {"slipway:model": "digits-000000000000"}
    made = [config(0, wanted=90, served=90), *(config(n, wanted=90 - n, served=90 - n, also=shared) for n in (1, 2))]

    assert names(unused([*made, model(0, wanted=90)], KEEP, NOW)) == ["EndpointConfig 0"]


def test_the_model_of_an_inference_component_stays_because_no_configuration_names_it() -> None:
    alone = model(0, wanted=90)
    of_component = replace(alone, tags={**alone.tags, "slipway:component": "churn"})

    assert names(unused([alone], KEEP, NOW)) == ["Model 0"]
    assert unused([of_component], KEEP, NOW) == []


def test_endpoints_do_not_count_for_each_other() -> None:
    others = [config(n, wanted=90, served=90, also={"slipway:endpoint": f"other-{n}"}) for n in range(5)]

    assert unused(others, KEEP, NOW) == []


@pytest.mark.parametrize("key", ["slipway:requested-at", "slipway:deployed-at"])
@pytest.mark.parametrize("value", ["", "yesterday", "2026-11-01", "2026-11-01T12:00:00", "9999"])
def test_what_does_not_say_when_it_was_wanted_stays(key: str, value: str) -> None:
    made = config(0, wanted=90, served=None, also={key: value})

    assert not is_orphaned(made.tags, NOW)
    assert unused([made], KEEP, NOW) == []


@given(
    ages=st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400), st.booleans()), max_size=12),
    versions=st.integers(1, 5),
)
def test_neither_the_newest_nor_the_recent_ever_go(ages: list[tuple[float, float, bool]], versions: int) -> None:
    made = [
        config(number, wanted=wanted, served=served, slept=served / 2 if sleeps else None)
        for number, (wanted, served, sleeps) in enumerate(ages)
    ]

    gone = {one.arn for one in unused(made, Retention(versions, timedelta(days=30)), NOW)}

    newest = max(made, key=lambda one: last_served(one.tags), default=None)
    assert len(made) - len(gone) >= min(versions, len(made))
    assert newest is None or newest.arn not in gone
    assert not gone & {one.arn for one, (wanted, _, _) in zip(made, ages, strict=True) if wanted < 1}
