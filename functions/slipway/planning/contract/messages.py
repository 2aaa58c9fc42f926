"""Say what is wrong with an input: the field, what was found, what to write instead, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from slipway.deployment.escaping import quoted, quoted_name
from slipway.errors import FieldInvalid, FieldMissing, FieldUnknown, InputNotAnObject, InputRefused


class Violation(NamedTuple):
    """One broken rule: where (`Tags[0].Key`), the JSON Schema keyword and its setting, and the value found.

    `expects` is the contract's own words for the value, which every value with a pattern has; `about` is what the
    input describes.
    """

    where: str
    keyword: str
    setting: Any
    value: Any
    example: Any = None
    expects: str = ""
    about: str = "a deployment"


def refusal(violation: Violation) -> InputRefused:
    """Return the error that a broken rule raises."""
    special = SPECIAL.get(violation.keyword)
    return special(violation) if special else _invalid(violation)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean X?`-style help for a name that is not known, or the known ones if none is near."""
    known = list(known)
    lowered = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(lowered[match] for match in near)}?"
    return f"known are {', '.join(sorted(known)[:40])}."


def unknown(where: str, known: Mapping[str, Any], about: str) -> FieldUnknown:
    """Return the error for a field that the contract of what the input is about does not have; `known` has schemas."""
    name = where.rsplit(".", 1)[-1]
    owners = [owner for owner, schema in known.items() if name in schema.get("properties", {})]
    remedy = f"write it in {' or '.join(owners)}, whose field it is." if owners else nearest(name, known)
    return FieldUnknown(f"{quoted_name(where)} is not a field of {about}: {remedy}")


def _missing(violation: Violation) -> InputRefused:
    names = [name for name in violation.setting if name not in violation.value]
    fields = ", ".join(f"{violation.where}.{name}" if violation.where else name for name in names)
    example = f", for example {quoted(violation.example)}" if violation.example is not None else ""
    return FieldMissing(f"{fields} is missing: add it{example}.")


def _wrong_type(violation: Violation) -> InputRefused:
    if not violation.where:
        return InputNotAnObject(
            f"The input is {quoted(violation.value)}, but must be a JSON object such as "
            '{"EndpointName": "my-endpoint"}.'
        )
    return _invalid(violation)


def _unknown_member(violation: Violation) -> InputRefused:
    known: Mapping[str, Any] = violation.setting
    first = next(name for name in violation.value if name not in known)
    return unknown(f"{violation.where}.{first}" if violation.where else first, known, violation.about)


def _ill_named(violation: Violation) -> InputRefused:
    names = violation.setting
    name = next(
        one for one in violation.value if len(one) > names["maxLength"] or not re.fullmatch(names["pattern"], one)
    )
    return FieldInvalid(f"{violation.where} has the name {quoted(name)}, but a name must be {names['x-expects']}.")


def _invalid(violation: Violation) -> InputRefused:
    expected = f"be {violation.expects}" if violation.expects else _expected(violation)
    example = f"; write for example {quoted(violation.example)}" if violation.example is not None else ""
    length = f" of {len(violation.value)} characters" if violation.keyword == "maxLength" else ""
    return FieldInvalid(f"{violation.where} is {quoted(violation.value)}{length}, but must {expected}{example}.")


def _not_listed(violation: Violation) -> InputRefused:
    known = nearest(str(violation.value), map(str, violation.setting))
    return FieldInvalid(f"{violation.where} is {quoted(violation.value)}, which SageMaker does not know: {known}")


def _expected(violation: Violation) -> str:
    return EXPECTED[violation.keyword](violation.setting)


SPECIAL: Mapping[str, Callable[[Violation], InputRefused]] = {
    "required": _missing,
    "type": _wrong_type,
    "additionalProperties": _unknown_member,
    "enum": _not_listed,
    "propertyNames": _ill_named,
}
EXPECTED: Mapping[str, Callable[[Any], str]] = {
    "type": lambda kind: f"be {'an' if str(kind)[0] in 'aio' else 'a'} {kind}",
    "minimum": lambda bound: f"be at least {bound}",
    "exclusiveMinimum": lambda bound: f"be more than {bound}",
    "maximum": lambda bound: f"be at most {bound}",
    "minLength": lambda bound: f"have at least {bound} character{'' if bound == 1 else 's'}",
    "maxLength": lambda bound: f"have at most {bound} characters",
    "minItems": lambda bound: f"have at least {bound} items",
    "maxItems": lambda bound: f"have at most {bound} items",
    "minProperties": lambda bound: f"have at least {bound} {'entry' if bound == 1 else 'entries'}",
    "maxProperties": lambda bound: f"have at most {bound} entries",
}
