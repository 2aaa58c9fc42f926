"""The questions of `slipway init`; each answer is checked by the contract as it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from slipway.errors import SlipwayError
from slipway.images.refusals import framework_unknown
from slipway.images.tables import frameworks
from slipway.planning.contract.schema import check

ANY_NAME = "my-endpoint"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def ask() -> dict[str, Any]:
    """Return a deployment, by asking on the terminal."""
    document: dict[str, Any] = {}
    click.echo("Enter takes what is in brackets. Leave the archive empty to write a side file for uploads.", err=True)
    archive = _answer("Model archive, s3://bucket/key.tar.gz", "ModelDataUrl", "", None)
    if archive:
        _add(document, "EndpointName", "Endpoint", default=ANY_NAME)
        document["ModelDataUrl"] = archive
    _add(document, "Framework", "Framework, such as sklearn, xgboost or pytorch", default="sklearn", convert=_framework)
    _add(document, "FrameworkVersion", "Framework version, empty for the newest")
    hosting = _answer("Instance type, or serverless", "InstanceType", "ml.m5.large", _hosting)
    if hosting == "serverless":
        return {**document, "ServerlessConfig": SERVERLESS}
    document["InstanceType"] = hosting
    document["InitialInstanceCount"] = _answer("How many instances", "InitialInstanceCount", "1", _count)
    return document


def _add(
    document: dict[str, Any], field: str, question: str, default: str = "", convert: Callable[[str], Any] | None = None
) -> None:
    answer = _answer(question, field, default, convert)
    if answer:
        document[field] = answer


def _answer(question: str, field: str, default: str, convert: Callable[[str], Any] | None) -> Any:
    def checked(text: str) -> Any:
        value = convert(text) if convert else text
        if value not in ("", "serverless"):
            _refuse_broken(field, value)
        return value

    return click.prompt(question, default=default, show_default=bool(default), value_proc=checked, err=True)


def _refuse_broken(field: str, value: Any) -> None:
    try:
        check({"EndpointName": ANY_NAME, field: value})
    except SlipwayError as broken:
        raise click.BadParameter(str(broken)) from broken


def _framework(text: str) -> str:
    if text not in frameworks():
        raise click.BadParameter(str(framework_unknown(text)))
    return text


def _hosting(text: str) -> str:
    return text.strip().lower()


def _count(text: str) -> int:
    if not text.isdecimal():
        raise click.BadParameter(f"{text} is no whole number.")
    return int(text)
