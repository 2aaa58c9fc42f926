"""Run SAM's own transform on a template that was not packaged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

# The translator accepts only what `sam package` has uploaded; these are not read.
UPLOADED = "s3://bucket/key"
LOCAL_PATHS = ("CodeUri", "DefinitionUri")
REGION = "us-east-1"  # decides nothing but which partition's managed policies are named


def translated(text: str) -> Template:
    """Return the CloudFormation template that SAM's transform makes of a SAM template's text.

    Raises samtranslator's `InvalidDocumentException`, whose causes say what is wrong.
    """
    template: Template = yaml_parse(text)
    for properties in _properties(template):
        properties.update({name: UPLOADED for name in LOCAL_PATHS if name in properties})
    session = boto3.Session(region_name=REGION)
    metrics = Metrics("ServerlessTransform", DummyMetricsPublisher())
    translator = Translator({}, Parser(), boto_session=session, metrics=metrics)
    try:
        result: Template = translator.translate(template, {})
    finally:
        metrics.publish()  # to a dummy: unpublished metrics cause a warning at exit
    return result


def _properties(template: Template) -> Iterator[dict[str, Any]]:
    yield from template.get("Globals", {}).values()
    for resource in template["Resources"].values():
        yield resource.get("Properties", {})
