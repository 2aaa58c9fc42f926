"""CloudFormation: state machines in YAML, and alarms over metric math."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml


def accept_yaml_definitions(provisioners: Any) -> None:
    """Patch MiniStack's CloudFormation provisioners."""
    definition_of = provisioners._sfn_definition

    def sfn_definition(props: Mapping[str, Any]) -> str:
        return as_json(definition_of(props))

    provisioners._sfn_definition = sfn_definition


def as_json(definition: str) -> str:
    """Return a definition as JSON; JSON comes back unchanged. Raises `ValueError` for what is neither."""
    try:
        json.loads(definition)
    except ValueError:
        try:
            return json.dumps(yaml.safe_load(definition))
        except yaml.YAMLError as broken:
            raise ValueError(f"The state machine's definition is neither JSON nor YAML: {broken}") from broken
    return definition


Properties = dict[str, Any]
Record = Callable[[str, Properties], dict[str, Any]]
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


def keep_metric_math_alarms(provisioners: Any) -> None:
    """Patch MiniStack's CloudFormation provisioners."""
    provisioners._cw_metric_alarm_record = with_metric_math(provisioners._cw_metric_alarm_record)


def with_metric_math(record: Record) -> Record:
    """Return what makes a stored alarm of a template's properties, metric math among them."""

    def recorded(name: str, properties: Properties) -> dict[str, Any]:
        if not properties.get("Metrics"):
            return record(name, properties)
        rest = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = record(name, {**rest, "MetricName": "-", "Namespace": "-"})
        kept = {key: value for key, value in alarm.items() if key not in OF_ONE_METRIC}
        return {**kept, "Metrics": properties["Metrics"]}

    return recorded
