"""An ImageUri that the user gives: its parts, and whether SageMaker in a region could pull it at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from slipway.images.errors import ImageRegionMismatch, ImageUriInvalid
from slipway.images.partitions import dns_suffix

_REPOSITORY = r"[a-z0-9]+(?:(?:[./]|_{1,2}|-+)[a-z0-9]+)*"
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[a-z0-9.-]+)"
    rf"/(?P<repository>{_REPOSITORY})"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_ECR_HOST = re.compile(r"\d{12}\.dkr\.ecr")
_PRIVATE_URI = re.compile(
    rf"(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{{1,5}})?)/{_REPOSITORY}"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})"
)
_SHAPE = "<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, or @sha256:<digest> in place of :<tag>"


class ImageUri(NamedTuple):
    """The parts of an image in ECR; `tag` or `digest` is given, or both."""

    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None


def parse_image_uri(uri: str) -> ImageUri:
    """Take an ImageUri apart; raise ImageUriInvalid unless it names one image in ECR by tag or digest."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise ImageUriInvalid(f"ImageUri {uri!r} is not an image in Amazon ECR: write {_SHAPE}.")
    region, suffix = match["region"], match["suffix"]
    if suffix != dns_suffix(region):
        raise ImageUriInvalid(
            f"ImageUri {uri!r} ends its registry in {suffix}: in {region} it is {dns_suffix(region)}."
        )
    if match["tag"] is None and match["digest"] is None:
        raise ImageUriInvalid(f"ImageUri {uri!r} has neither tag nor digest: add :<tag> or @sha256:<digest>.")
    return ImageUri(match["account"], region, match["repository"], match["tag"], match["digest"])


def check_image_uri(uri: str, region: str) -> ImageUri:
    """Parse an ImageUri and see that SageMaker in the region may pull it.

    Raises ImageUriInvalid, or ImageRegionMismatch: CreateModel answers a registry of another region with
    "Cross region ECR image pulls are not allowed".
    """
    image = parse_image_uri(uri)
    if image.region != region:
        raise ImageRegionMismatch(
            f"ImageUri {uri!r} is in {image.region}, and SageMaker in {region} pulls no image across regions: "
            f"copy it to a repository in {region} and give that one's URI."
        )
    return image


def is_in_ecr(uri: str) -> bool:
    """Say whether an image's registry is one of Amazon ECR."""
    return _ECR_HOST.match(uri) is not None


def private_registry_of(uri: str) -> str:
    """Return the host, with the port if there is one, of an image outside Amazon ECR.

    Raises ImageUriInvalid unless the host is written out, and a tag or a digest.
    """
    match = _PRIVATE_URI.fullmatch(uri)
    if match is None:
        raise ImageUriInvalid(
            f"ImageUri {uri!r} is not an image of a private registry: write <host>/<repository>:<tag>, or "
            "@sha256:<digest> in place of :<tag>."
        )
    return match["host"]
