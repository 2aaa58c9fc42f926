"""CloudFormation: YAML read in C, state machines in YAML, alarms over metric math, and HTTP APIs that start executions.

An alarm over metric math has `Metrics` in place of MetricName, Namespace, Statistic and Period
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). MiniStack evaluates alarms
that name a metric, so that such an alarm stays INSUFFICIENT_DATA.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from slipway_local.engine.patches import Engine, patch

Properties = dict[str, Any]
Record = Callable[[str, Properties], dict[str, Any]]
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


@patch("ministack.services.cloudformation.engine", "CfnLoader", is_function=False)
def cfn_loader(original: Any, _engine: Engine) -> type[yaml.CSafeLoader]:
    """Read a template's YAML with libyaml, which takes a tenth of the time."""
    return type("CfnLoader", (yaml.CSafeLoader,), {"yaml_constructors": original.yaml_constructors})


@patch("ministack.services.cloudformation.provisioners", "_sfn_definition", "props")
def sfn_definition(definition_of: Callable[[Mapping[str, Any]], str], _engine: Engine) -> Callable[..., str]:
    """Take a definition in YAML; MiniStack hands one from S3 to its Step Functions, which reads JSON only."""
    return lambda props: as_json(definition_of(props))


@patch("ministack.services.cloudformation.provisioners", "_cw_metric_alarm_record", "name", "props")
def cw_metric_alarm_record(record: Record, _engine: Engine) -> Record:
    """Keep alarms over metric math, which MiniStack refuses."""
    return with_metric_math(record)


@patch("ministack.services.cloudformation.provisioners", "_apigw_v2_integration_props", "props")
def apigw_v2_integration_props(properties_of: Callable[[Properties], Properties], _engine: Engine) -> Any:
    """Keep what an integration of an HTTP API is for."""
    return lambda props: {**properties_of(props), "integrationSubtype": props.get("IntegrationSubtype", "")}


def as_json(definition: str) -> str:
    """Return a definition as JSON; JSON comes back unchanged. Raises `ValueError` for what is neither."""
    try:
        json.loads(definition)
    except ValueError:
        try:
            return json.dumps(yaml.load(definition, yaml.CSafeLoader))
        except yaml.YAMLError as broken:
            raise ValueError(f"The state machine's definition is neither JSON nor YAML: {broken}") from broken
    return definition


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
