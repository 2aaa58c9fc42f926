"""Filters, order and pages of the List operations."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.models import Record

R = TypeVar("R", bound=Record)
SortKey = str | float
DEFAULT_PAGE = 10  # what the API reference states for ListEndpoints


def by_creation(record: Record) -> SortKey:
    """Return the sort key of CreationTime."""
    return record.created.timestamp()


def by_name(record: Record) -> SortKey:
    """Return the sort key of Name."""
    return record.name


class Listing(Generic[R]):
    """How one kind of resource is listed.

    `order` is the default of SortOrder, which the API reference states for each operation. `name_of` is what
    NameContains compares. A NextToken names the last item shown, not an offset, so that what is created or deleted
    between two pages neither repeats nor hides another item.
    """

    def __init__(
        self,
        sort_keys: Mapping[str, Callable[[R], SortKey]],
        order: str = "Descending",
        name_of: Callable[[R], str] = lambda record: record.name,
    ) -> None:
        self._sort_keys = sort_keys
        self._order = order
        self._name_of = name_of

    def page(self, records: list[R], params: Mapping[str, Any]) -> tuple[list[R], str | None]:
        """Return one page and the token of the next.

        By CreationTime unless SortBy says otherwise. Raises `SageMakerError` for a foreign token.
        """
        sort_by = params.get("SortBy", "CreationTime")
        descending = params.get("SortOrder", self._order) == "Descending"

        def place(record: R) -> tuple[SortKey, str]:
            return (self._sort_keys[sort_by](record), record.name)

        ordered = sorted((r for r in records if self._matches(r, params)), key=place, reverse=descending)
        if "NextToken" in params:
            last = _read_token(params["NextToken"], sort_by)
            ordered = [r for r in ordered if (place(r) < last if descending else place(r) > last)]
        size = params.get("MaxResults", DEFAULT_PAGE)
        page = ordered[:size]
        token = _token(sort_by, place(page[-1])) if len(ordered) > size else None
        return page, token

    def _matches(self, record: R, params: Mapping[str, Any]) -> bool:
        modified = getattr(record, "modified", None) or record.created
        return (
            params.get("NameContains", "") in self._name_of(record)
            and _within(record.created.timestamp(), params, "CreationTime")
            and _within(modified.timestamp(), params, "LastModifiedTime")
            and params.get("StatusEquals") in {None, getattr(record, "status", None)}
        )


def answer_of(key: str, summaries: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    """Return the answer of a List operation; there is no NextToken after the last page."""
    return {key: summaries} | ({"NextToken": token} if token else {})


def _within(moment: float, params: Mapping[str, Any], field: str) -> bool:
    """After includes its moment, Before does not, as the API reference words them."""
    after, before = params.get(f"{field}After"), params.get(f"{field}Before")
    return (after is None or moment >= after) and (before is None or moment < before)


def _token(sort_by: str, place: tuple[SortKey, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort_by, *place]).encode()).decode()


def _read_token(token: str, sort_by: str) -> tuple[SortKey, str]:
    try:
        made_for, key, name = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, binascii.Error):
        made_for = None
    if made_for != sort_by:
        raise refused("Invalid NextToken: it does not belong to this listing.")
    return key, name
