"""Search: which resources satisfy an expression of filters, as the API reference of Search and Filter words it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.listing import Listing, SortKey, answer_of
from slipway_local.sagemaker.models import Record, Tables
from slipway_local.sagemaker.registry import describe_group, describe_package
from slipway_local.sagemaker.tags import shown_tags
from slipway_local.sagemaker.validation.shapes import RequestShapes

Found = dict[str, Any]
Filter = Mapping[str, Any]
MAX_ELEMENTS = 50
NUMBERS = frozenset({"integer", "long", "float", "double"})
TAGS, METRICS, HYPERPARAMETERS = "Tags", "Metrics", "HyperParameters"
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanOrEqualTo": lambda one, other: one >= other,
    "LessThan": lambda one, other: one < other,
    "LessThanOrEqualTo": lambda one, other: one <= other,
}
OF_TEXT = ("Contains", "In")


class Search:
    """The one operation that searches model packages, their groups and training jobs."""

    def __init__(self, tables: Tables, shapes: RequestShapes) -> None:
        self._tables = tables
        self._shapes = {name: shapes.shape(name) for name in ("ModelPackage", "ModelPackageGroup", "TrainingJob")}

    def search(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Search: newest change first, unless SortBy and SortOrder say otherwise."""
        kind = params["Resource"]
        if kind not in self._shapes:
            raise refused(f"The local SageMaker searches {', '.join(self._shapes)}, and no {kind}.")
        expression = params.get("SearchExpression")
        matches = Expression(self._shapes[kind], expression) if expression is not None else None
        sort_by = params.get("SortBy", "LastModifiedTime")
        with self._tables.lock:
            found = dict(self._records(kind, params))
        matching = [record for record, shown in found.items() if matches is None or matches(shown)]
        order = _sort_key(self._shapes[kind], sort_by, found)
        page, token = Listing({sort_by: order}).page(
            matching, {"SortBy": sort_by, **{key: params[key] for key in PAGING if key in params}}
        )
        answer = answer_of("Results", [{kind: found[record]} for record in page], token)
        return answer | {"TotalHits": {"Value": len(matching), "Relation": "EqualTo"}}

    def _records(self, kind: str, params: Mapping[str, Any]) -> Iterator[tuple[Record, Found]]:
        """Yield what may be seen of a kind; no other account shares anything with this one."""
        if params.get("CrossAccountFilterOption", "SameAccount") != "SameAccount":
            return
        for record, fields in self._described(kind):
            shown = {key: value for key, value in fields.items() if key in self._shapes[kind].members}
            shown |= {TAGS: shown_tags(record.tags)} if record.tags else {}
            if _is_visible(record.tags, params.get("VisibilityConditions", [])):
                yield record, shown

    def _described(self, kind: str) -> Iterator[tuple[Record, Mapping[str, Any]]]:
        tables = self._tables
        if kind == "ModelPackage":
            yield from ((one, describe_package(one)) for one in tables.model_packages.seen())
        elif kind == "ModelPackageGroup":
            yield from ((one, describe_group(one)) for one in tables.package_groups.seen())
        else:
            yield from ((one, one.request) for one in tables.training_jobs.seen())


PAGING = ("SortOrder", "NextToken", "MaxResults")


def _is_visible(tags: Mapping[str, str], conditions: Sequence[Mapping[str, str]]) -> bool:
    """Say whether no tag of a resource has another value than a condition; one without the tag is visible."""
    wanted = {one["Key"].removeprefix(f"{TAGS}."): one["Value"] for one in conditions if {"Key", "Value"} <= one.keys()}
    return all(tags[key] == value for key, value in wanted.items() if key in tags)


def _sort_key(shape: Any, name: str, found: Mapping[Record, Found]) -> Callable[[Record], SortKey]:
    kind = _type_of(shape, name) if name != "LastModifiedTime" else "timestamp"
    missing: SortKey = "" if kind == "string" else 0.0

    def key(record: Record) -> SortKey:
        values = list(_values(found[record], name))
        if not values and name == "LastModifiedTime":
            return record.created.timestamp()
        return _read(kind, values[0]) if values else missing

    return key


class Expression:
    """A SearchExpression over resources of one shape. Raises `SageMakerError` for one that AWS documents as refused."""

    def __init__(self, shape: Any, expression: Mapping[str, Any]) -> None:
        self._shape = shape
        filters = list(_all_filters(expression))
        if len(filters) > MAX_ELEMENTS:
            raise refused(f"A SearchExpression has at most {MAX_ELEMENTS} filters; this one has {len(filters)}.")
        if [one.get("Operator") for one in filters].count("Contains") > 1:
            raise refused("'CONTAINS' operator usage limit of 1 exceeded.")
        self._matches = self._compiled(expression)

    def __call__(self, found: Found) -> bool:
        return self._matches(found)

    def _compiled(self, expression: Mapping[str, Any]) -> Callable[[Found], bool]:
        parts = [
            *(self._filter(one) for one in expression.get("Filters", [])),
            *(self._nested(one) for one in expression.get("NestedFilters", [])),
            *(self._compiled(one) for one in expression.get("SubExpressions", [])),
        ]
        if not parts:
            raise refused("A SearchExpression must have at least one subexpression, filter, or nested filter.")
        combine = any if expression.get("Operator") == "Or" else all
        return lambda found: combine(part(found) for part in parts)

    def _filter(self, one: Filter) -> Callable[[Found], bool]:
        name, operator = one["Name"], one.get("Operator", "Equals")
        compare = _comparison(_type_of(self._shape, name), one)
        if operator == "NotExists":
            return lambda found: not any(True for _ in _values(found, name))
        if operator == "NotEquals":
            return lambda found: not any(compare(value) for value in _values(found, name))
        return lambda found: any(compare(value) for value in _values(found, name))

    def _nested(self, nested: Mapping[str, Any]) -> Callable[[Found], bool]:
        """Return what says whether a single object in the list satisfies all filters."""
        name = nested["NestedPropertyName"]
        if _type_of(self._shape, name) != "list":
            raise refused(f"{name} is no property with nested objects.")
        tests = [self._filter(one) for one in nested["Filters"]]
        return lambda found: any(all(test({name: [item]}) for test in tests) for item in found.get(name, []))


def _all_filters(expression: Mapping[str, Any]) -> Iterator[Filter]:
    yield from expression.get("Filters", [])
    for nested in expression.get("NestedFilters", []):
        yield from nested["Filters"]
    for one in expression.get("SubExpressions", []):
        yield from _all_filters(one)


def _comparison(kind: str, one: Filter) -> Callable[[Any], bool]:
    name, operator, value = one["Name"], one.get("Operator", "Equals"), one.get("Value")
    if operator in {"Exists", "NotExists"}:
        return lambda _found: True
    if value is None:
        raise refused(f"The filter on {name} with the operator {operator} needs a Value.")
    if operator in ORDERS and kind == "string":
        raise refused(f"The operator {operator} is not supported for the text property {name}.")
    if operator in OF_TEXT and kind != "string" and not name.startswith(f"{HYPERPARAMETERS}."):
        raise refused(f"The operator {operator} is only supported for text properties; {name} is none.")
    if operator == "Contains":
        return lambda found: value in str(found)
    if operator == "In":
        return lambda found: str(found) in value.split(",")
    if kind == "hyperparameter" and value.lstrip("+-").isdecimal():
        kind = "whole hyperparameter"
    wanted = _wanted(kind, name, value)
    compare = ORDERS.get(operator, lambda found, other: bool(found == other))
    return lambda found: compare(_read(kind, found), wanted) if _is_readable(kind, found) else False


def _wanted(kind: str, name: str, value: str) -> Any:
    try:
        return _read(kind, value)
    except ValueError:
        raise refused(f'"{value}" is no {kind} value, which {name} is.') from None


def _is_readable(kind: str, found: Any) -> bool:
    try:
        _read(kind, found)
    except ValueError:
        return False
    return True


def _read(kind: str, value: Any) -> Any:
    """Return a property, or a filter's text, as what its type compares. Raises `ValueError`."""
    if kind == "timestamp" and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if kind.endswith("hyperparameter"):
        # "If the specified Value is an integer, the decimal hyperparameter values are treated as integers."
        order, number, text = _number_or_text(value)
        return (order, int(number) if kind.startswith("whole") else number, text)
    if kind in NUMBERS or kind == "timestamp":
        return float(value)
    return str(value).lower() if kind == "boolean" else str(value)


def _number_or_text(value: str) -> tuple[int, float, str]:
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)


def _values(found: Any, name: str) -> Iterator[Any]:
    """Yield the values of a property; those of a property of a list's objects are several."""
    first, _, rest = name.partition(".")
    if first == TAGS and rest:
        yield from (tag["Value"] for tag in found.get(TAGS, []) if tag["Key"] == rest)
    elif first == METRICS and rest:
        yield from (one["Value"] for one in found.get("FinalMetricDataList", []) if one["MetricName"] == rest)
    elif first == HYPERPARAMETERS and rest:
        yield from ([found[first][rest]] if rest in found.get(first, {}) else [])
    else:
        yield from _inner(found, name)


def _inner(value: Any, path: str) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _inner(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        first, _, rest = path.partition(".")
        if first in value:
            yield from _inner(value[first], rest)


def _type_of(shape: Any, name: str) -> str:
    """Return the type of a property. Raises `SageMakerError`; moto has the words ("Unknown property name")."""
    first, _, rest = name.partition(".")
    if rest and first == TAGS:
        return "string"
    if rest and first in {METRICS, HYPERPARAMETERS} and shape.name == "TrainingJob":
        return "double" if first == METRICS else "hyperparameter"
    for part in name.split("."):
        inner = shape.member if shape.type_name == "list" else shape
        if inner.type_name == "map":
            shape = inner.value
        elif inner.type_name == "structure" and part in inner.members:
            shape = inner.members[part]
        else:
            raise refused(f"Unknown property name: {name}")
    return str(shape.type_name)
