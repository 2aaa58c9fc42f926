"""Content-addressed names: the same content has the same name, other content never has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

LONGEST = 63  # of ModelName and EndpointConfigName, as of EndpointName
CANDIDATE = "-candidate"
DIGEST_LENGTH = 12  # hexadecimal digits: 48 bits, for a handful of deployments of one endpoint


def content_addressed_name(endpoint_name: str, content: Mapping[str, Any]) -> str:
    """Return `<endpoint>-<digest>` over JSON-able content, at most 63 characters of SageMaker's pattern.

    The endpoint's whole name is part of the digest, so that two endpoints whose names agree in what fits stay apart.
    """
    canonical = json.dumps([endpoint_name, content], sort_keys=True, separators=(",", ":"))
    digest = sha256(canonical.encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{stem_of(endpoint_name)}-{digest}"


def stem_of(endpoint_name: str) -> str:
    """Return what the names of an endpoint's models and configurations begin with."""
    return endpoint_name[: LONGEST - DIGEST_LENGTH - 1].rstrip("-")


def candidate_name(endpoint_name: str, execution: str) -> str:
    """Return the name of an execution's candidate of an endpoint: `<endpoint>-candidate-<digest>`."""
    digest = sha256(f"{endpoint_name} {execution}".encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{candidate_stem(endpoint_name)}-{digest}"


def candidate_stem(endpoint_name: str) -> str:
    """Return what the names of an endpoint's candidates begin with."""
    return f"{endpoint_name[: LONGEST - DIGEST_LENGTH - len(CANDIDATE) - 1].rstrip('-')}{CANDIDATE}"


def managed_alarm_name(endpoint_name: str, variant_name: str, metric: str) -> str:
    """Return the name of an alarm that Slipway creates; no endpoint's begins like another's, which has no slash."""
    return f"slipway/{endpoint_name}/{variant_name}/{metric}"


def is_content_addressed(name: str, endpoint_name: str) -> bool:
    """Say whether a name can be one of this endpoint's models or configurations; only tags prove it."""
    return bool(re.fullmatch(rf"{re.escape(stem_of(endpoint_name))}-[0-9a-f]{{{DIGEST_LENGTH}}}", name))


def has_digest(name: str) -> bool:
    """Say whether a name could be content-addressed, whichever endpoint it was made for."""
    return bool(re.fullmatch(rf".+-[0-9a-f]{{{DIGEST_LENGTH}}}", name))
