"""The sentences of a refused image: the field, what is wrong with it, what to write instead.

Only a refusal reads this far, so the listings and the search for similar names may take their time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from slipway.images.errors import (
    BaseFrameworkVersionUnknown,
    FrameworkUnknown,
    FrameworkVersionUnknown,
    InstanceTypeWithoutImage,
    PyVersionUnknown,
    RegionWithoutImage,
)
from slipway.images.processors import SERVERLESS, WITHOUT_INSTANCE_TYPE
from slipway.images.tables import frameworks

if TYPE_CHECKING:
    from slipway.images.processors import Asked
    from slipway.images.tables import Image, Table

NEWEST = 6


def framework_unknown(framework: str) -> FrameworkUnknown:
    """Framework is not in the catalogue: the nearest names are."""
    near = _near(framework, frameworks())
    instead = f"did you mean {_or(near)}?" if near else "docs/images.md and `slipway image --list` have all names."
    return FrameworkUnknown(f"Framework {framework!r} has no inference image of AWS: {instead}")


def framework_version_unknown(table: Table, version: str) -> FrameworkVersionUnknown:
    """FrameworkVersion is not in the table: the nearest and the newest are."""
    versions = _versions(table.images)
    near = [found for found in _near(version, versions) if found.startswith(version[:1])]
    newest = _newest([found for found in versions if found not in table.aliases] or versions)
    nearest = f"the nearest are {_or(near)}, " if near and not set(near) <= set(newest) else ""
    return FrameworkVersionUnknown(
        f"FrameworkVersion {version!r} of {table.framework} is unknown: {nearest}the newest are {_or(newest)}."
    )


def instance_type_without_image(table: Table, images: Sequence[Image], asked: Asked) -> InstanceTypeWithoutImage:
    """No image of the version, or of the framework, runs on the processor: name those that do."""
    versions = _versions(images)
    of_what = f"{table.framework} {versions[0]}" if len(versions) == 1 else table.framework
    if asked == WITHOUT_INSTANCE_TYPE:
        return InstanceTypeWithoutImage(f"InstanceType is needed: {of_what} has images for {_served(images)}.")
    served = [image for image in table.images if asked.is_served_by(image.processors.split()) and not image.stands_in]
    what = "ServerlessConfig" if asked == SERVERLESS else f"InstanceType family {asked.family!r}"
    instead = f"; FrameworkVersion {_or(_newest(_versions(served)))} has one" if served else ""
    return InstanceTypeWithoutImage(f"{what} has no image of {of_what}, which runs on {_served(images)}{instead}.")


def base_framework_version_unknown(
    table: Table, images: Sequence[Image], wanted: str | None
) -> BaseFrameworkVersionUnknown:
    """BaseFrameworkVersion is missing, or not one that this version is built on."""
    valid = list(dict.fromkeys(image.base_framework_version for image in images))
    wrong = "is needed" if wanted is None else f"{wanted!r} is not one"
    return BaseFrameworkVersionUnknown(
        f"BaseFrameworkVersion {wrong} for {table.framework} {images[0].version}: write {_or(valid)}."
    )


def py_version_unknown(table: Table, images: Sequence[Image], wanted: str | None) -> PyVersionUnknown:
    """PyVersion is missing where there are several, or not one that this version is built for."""
    valid = [image.py_version for image in images]
    wrong = "is needed" if wanted is None else f"{wanted!r} is not one"
    return PyVersionUnknown(f"PyVersion {wrong} for {table.framework} {images[0].version}: write {_or(valid)}.")


def region_without_image(table: Table, image: Image, region: str) -> RegionWithoutImage:
    """AWS does not publish the image in the region: name another version that is there, or the nearest regions."""
    there = [name for name in table.images if region in table.registries[name.registries]]
    if there:
        instead = f"FrameworkVersion {_or(_newest(_versions(there)))} is"
    else:
        regions = list(table.registries[image.registries])
        nearby = _of_same_area(region, regions)
        where = _or(nearby) if nearby else f"{len(regions)} others, such as {_or(regions[-NEWEST:])}"
        instead = f"it is in {where}; an ImageUri of your own can be given instead"
    return RegionWithoutImage(
        f"Region {region!r} has no registry of AWS with {table.framework} {image.version}: {instead}."
    )


def _served(images: Sequence[Image]) -> str:
    words = {word for image in images if not image.stands_in for word in image.processors.split() if word[0] != "!"}
    processors = sorted(words.difference(("none", "serverless")))
    if processors:
        return _or(processors)
    return "what the SDK cannot derive from an InstanceType: find its URI without one, and give it as ImageUri"


def _versions(images: Iterable[Image]) -> list[str]:
    return list(dict.fromkeys(image.version for image in images))


def _newest(versions: Sequence[str]) -> list[str]:
    return list(reversed(versions[-NEWEST:]))


def _of_same_area(region: str, regions: Sequence[str]) -> Sequence[str]:
    area = region.partition("-")[0]
    return [name for name in regions if name.partition("-")[0] == area]


def _near(name: str, known: Sequence[str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - 2 ms that only a refusal should cost

    return get_close_matches(name, known, n=4, cutoff=0.5)


def _or(values: Sequence[str]) -> str:
    if len(values) <= 1:
        return "".join(values)
    return f"{', '.join(values[:-1])} or {values[-1]}"
