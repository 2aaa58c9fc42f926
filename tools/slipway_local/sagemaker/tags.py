"""AddTags, ListTags and DeleteTags on whatever there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.errors import not_found, refused
from slipway_local.sagemaker.models import Record, Table, Tables

MAX_TAGS = 50


def read_tags(tags: list[dict[str, str]]) -> dict[str, str]:
    """Return a request's Tags as a mapping. Raises `SageMakerError` for twins and for AWS's own prefix."""
    keys = [tag["Key"] for tag in tags]
    if len({key.lower() for key in keys}) < len(keys):
        raise refused("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise refused("aws: prefixed tag key names are not allowed for external use.")
    return {tag["Key"]: tag["Value"] for tag in tags}


class Tagging:
    """The tag operations."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """AddTags: overwrite or add; at most 50 on one resource."""
        with self._tables.lock:
            record = self._record(params["ResourceArn"])
            merged = record.tags | read_tags(params["Tags"])
            if len(merged) > MAX_TAGS:
                raise refused(f'A resource can have at most {MAX_TAGS} tags; "{record.arn}" would have more.')
            record.tags = merged
            return {"Tags": shown_tags(merged)}

    def list_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListTags: pages of 50 or more, so one page always suffices; a NextToken is never given."""
        with self._tables.lock:
            if "NextToken" in params:
                raise refused("Invalid NextToken: it does not belong to this listing.")
            return {"Tags": shown_tags(self._record(params["ResourceArn"]).tags)}

    def delete_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteTags: keys that are not there are fine."""
        with self._tables.lock:
            record = self._record(params["ResourceArn"])
            record.tags = {k: v for k, v in record.tags.items() if k not in params["TagKeys"]}
            return {}

    def tagged(self) -> list[tuple[str, dict[str, str]]]:
        """Return (ARN, tags) of every endpoint, configuration and model that has tags and may be seen."""
        tables: tuple[Table[Any], ...] = (self._tables.endpoints, self._tables.configs, self._tables.models)
        with self._tables.lock:
            return [(record.arn, dict(record.tags)) for table in tables for record in table.seen() if record.tags]

    def _record(self, arn: str) -> Record:
        kind, name = self._tables.arns.parse(arn) or ("", "")
        for table in self._tables.all():
            if table.kind == kind:
                found: Record = table.find(name)
                return found
        raise not_found("resource", arn)


def shown_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
