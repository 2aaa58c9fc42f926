"""The template's dashboard and alarms, and the metrics that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.conventions.project import Json, resources

SEARCH = re.compile(r"SEARCH\('\{([\w/]+),([\w,]+)\} MetricName=\"(\w+)\" service=\"stack\"', '(\w+)', (\d+)\)")


class Named(NamedTuple):
    """A metric by namespace, name and the names of its dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[str]


def dashboard(alarm_of_idle_cleanup: str = ', "alarm"') -> Json:
    """Return the dashboard's body, with `stack` for whatever is substituted. Fails when it is not JSON."""
    (about,) = resources("AWS::CloudWatch::Dashboard").values()
    text, variables = about["Properties"]["DashboardBody"]["Fn::Sub"]
    assert set(variables) == {"AlarmOfIdleCleanup"}
    text = text.replace("${AlarmOfIdleCleanup}", alarm_of_idle_cleanup)
    body: Json = json.loads(re.sub(r"\$\{(?!!)[^}]+\}", "stack", text))
    return body


def alarms() -> Json:
    """Return the properties of the alarms, by logical id."""
    return {name: alarm["Properties"] for name, alarm in resources("AWS::CloudWatch::Alarm").items()}


def metrics_of_alarm(alarm: Json) -> Iterator[Named]:
    """Yield the metrics that an alarm watches."""
    watched = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    for metric in watched or [alarm]:
        dimensions = frozenset(one["Name"] for one in metric["Dimensions"])
        yield Named(metric["Namespace"], metric["MetricName"], dimensions)


def metrics_of_dashboard() -> Iterator[Named]:
    """Yield the metrics that the dashboard shows, in the order of its widgets."""
    for widget in dashboard()["widgets"]:
        yield from metrics_of_widget(widget["properties"].get("metrics", []))


def metrics_of_widget(rows: list[list[Any]]) -> Iterator[Named]:
    """Yield the metrics of a widget; `.` and `...` repeat what the row above has (dashboard body reference)."""
    above: list[str] = []
    for row in rows:
        if isinstance(row[0], dict):
            yield from _searched(row[0]["expression"])
            continue
        given = [cell for cell in row if isinstance(cell, str)]
        if given[0] == "...":
            given = above[: len(above) - len(given) + 1] + given[1:]
        above = [above[place] if cell == "." else cell for place, cell in enumerate(given)]
        namespace, name, *dimensions = above
        yield Named(namespace, name, frozenset(dimensions[::2]))


def _searched(expression: str) -> Iterator[Named]:
    if "SEARCH" not in expression:
        return  # arithmetic with metrics of the same widget
    found = SEARCH.fullmatch(expression)
    assert found, f"not a search for metrics of this stack: {expression}"
    yield Named(found[1], found[3], frozenset(found[2].split(",")))
