"""Content-addressed names: the same content has the same name, other content never has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

LONGEST = 63  # of ModelName and EndpointConfigName, as of EndpointName
DIGEST_LENGTH = 12  # hexadecimal digits: 48 bits, for a handful of deployments of one endpoint


def content_addressed_name(endpoint_name: str, content: Mapping[str, Any]) -> str:
    """Return `<endpoint>-<digest>` over JSON-able content, at most 63 characters of SageMaker's pattern.

    The endpoint's whole name is part of the digest, so that two endpoints whose names agree in what fits stay apart.
    """
    canonical = json.dumps([endpoint_name, content], sort_keys=True, separators=(",", ":"))
    digest = sha256(canonical.encode()).hexdigest()[:DIGEST_LENGTH]
    stem = endpoint_name[: LONGEST - DIGEST_LENGTH - 1].rstrip("-")
    return f"{stem}-{digest}"
