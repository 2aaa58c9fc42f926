"""Whatever endpoint there is: with an invocation in its window, or with any doubt, it is not Idle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from slipway.cleanup.assess import Verdict, assess
from slipway.cleanup.metrics import activity, controls, metrics_of
from slipway.cleanup.policy import MIN_MINUTES
from slipway.cleanup.snapshot import EndpointSnapshot, Series, Variant
from tests.unit.cleanup.idle_endpoints import NOW, POLICY, idle_endpoint, minutes, with_series

NAMES = st.sampled_from(["AllTraffic", "Blue", "Green", "Shadow"])
WINDOWS = st.integers(MIN_MINUTES, 43_200).map(lambda minutes: {"slipway:idle-after-minutes": str(minutes)})


@st.composite
def idle_ones(draw: st.DrawFn) -> EndpointSnapshot:
    """Draw an unused endpoint: of one or more variants, of any kind on instances, with any window."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    counts = [draw(st.sampled_from([None, 1, 4])) for _ in names]
    endpoint = idle_endpoint(
        *map(Variant, names, counts),
        tags=draw(WINDOWS) if draw(st.booleans()) else {},
        modified=45 * 1440,
        asynchronous=draw(st.booleans()),
        components=tuple(draw(st.lists(st.sampled_from(["llama", "bert"]), max_size=2, unique=True))),
    )
    # In a window of a few minutes nothing may have reported yet, and that is a doubt already.
    assume(assess(endpoint, NOW, POLICY).verdict is Verdict.IDLE)
    return endpoint


def window_of(endpoint: EndpointSnapshot) -> timedelta:
    return POLICY.window_of(endpoint.tags)


@given(endpoint=idle_ones(), data=st.data())
def test_an_endpoint_that_was_used_in_its_window_is_active(endpoint: EndpointSnapshot, data: st.DataObject) -> None:
    # Given one use, anywhere in the window, that CloudWatch shows in a period which holds it
    assert endpoint.measured
    ago = data.draw(st.floats(0, window_of(endpoint).total_seconds(), exclude_max=True))
    metric = data.draw(st.sampled_from(list(activity(endpoint))))
    since, period = endpoint.measured.since, endpoint.measured.period
    time = since + (NOW - timedelta(seconds=ago) - since) // period * period
    trouble = data.draw(st.sampled_from(["", "PartialData"]))

    # When
    assessment = assess(with_series(endpoint, {metric: Series((time,), (1.0,), trouble)}), NOW, POLICY)

    # Then
    assert assessment.verdict is Verdict.ACTIVE


@given(endpoint=idle_ones(), data=st.data(), trouble=st.text(min_size=1))
def test_an_incomplete_metric_is_a_doubt(endpoint: EndpointSnapshot, data: st.DataObject, trouble: str) -> None:
    assert endpoint.measured
    metric = data.draw(st.sampled_from(metrics_of(endpoint)))
    series = endpoint.measured.series[metric]

    doubtful = with_series(endpoint, {metric: series._replace(trouble=trouble)})

    assert assess(doubtful, NOW, POLICY).verdict is Verdict.METRICS_UNKNOWN


@given(endpoint=idle_ones(), data=st.data())
def test_a_missing_metric_is_a_doubt(endpoint: EndpointSnapshot, data: st.DataObject) -> None:
    assert endpoint.measured
    missing = data.draw(st.sampled_from(metrics_of(endpoint)))
    kept = {metric: series for metric, series in endpoint.measured.series.items() if metric != missing}

    doubtful = replace(endpoint, measured=replace(endpoint.measured, series=kept))

    assert assess(doubtful, NOW, POLICY).verdict is Verdict.METRICS_UNKNOWN


@given(endpoint=idle_ones(), data=st.data())
def test_instances_that_do_not_report_are_a_doubt(endpoint: EndpointSnapshot, data: st.DataObject) -> None:
    silent = data.draw(st.sampled_from(list(controls(endpoint))))

    assessment = assess(with_series(endpoint, {silent: Series()}), NOW, POLICY)

    assert assessment.verdict is Verdict.METRICS_UNKNOWN


@given(
    endpoint=idle_ones(),
    change=st.sampled_from(
        [
            {"trouble": "Rate exceeded"},
            {"measured": None},
            {"pending": True},
            {"status": "Updating"},
            {"status": "?"},
            {"tags": {}},
            {"tags": {"slipway:stack": "slipway", "slipway:protected": "maybe"}},
            {"variants": ()},
            {"modified": minutes(0)},
            {"created": minutes(0)},
        ]
    ),
)
def test_any_other_doubt_keeps_it(endpoint: EndpointSnapshot, change: dict[str, object]) -> None:
    assert assess(replace(endpoint, **change), NOW, POLICY).verdict is not Verdict.IDLE  # type: ignore[arg-type]


@given(value=st.text())
def test_no_window_that_is_not_a_number_of_minutes_is_obeyed(value: str) -> None:
    assessment = assess(idle_endpoint(tags={"slipway:idle-after-minutes": value}), NOW, POLICY)

    legal = value.isdecimal() and len(value) <= 5 and MIN_MINUTES <= int(value) <= 43_200
    assert (assessment.verdict is Verdict.TAG_INVALID) == (not legal)


@given(value=st.text())
def test_no_word_about_protection_is_passed_over(value: str) -> None:
    assessment = assess(idle_endpoint(tags={"slipway:protected": value}), NOW, POLICY)

    assert (assessment.verdict is Verdict.IDLE) == (value.lower() == "false")
