"""The DNS suffix of each AWS partition, by the region's name as in botocore's `endpoints.json`."""

from __future__ import annotations

_SUFFIXES = {
    "cn": "amazonaws.com.cn",
    "us-iso": "c2s.ic.gov",
    "us-isob": "sc2s.sgov.gov",
    "eu-isoe": "cloud.adc-e.uk",
    "us-isof": "csp.hci.ic.gov",
    "eusc": "amazonaws.eu",
}


def dns_suffix(region: str) -> str:
    """Return the suffix of the region's endpoints and registries, such as `amazonaws.com.cn`."""
    country, _, rest = region.partition("-")
    area = f"{country}-{rest.partition('-')[0]}"
    return _SUFFIXES.get(area) or _SUFFIXES.get(country) or "amazonaws.com"


def registry_host(account: str, region: str) -> str:
    """Return the host of an account's ECR registry in a region."""
    return f"{account}.dkr.ecr.{region}.{dns_suffix(region)}"
